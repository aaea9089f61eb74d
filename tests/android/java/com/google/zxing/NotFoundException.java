package com.google.zxing;

public final class NotFoundException extends Exception {}
