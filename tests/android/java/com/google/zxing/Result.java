package com.google.zxing;

public final class Result {
    private final String text;

    public Result(String text) {
        this.text = text;
    }

    public String getText() {
        return text;
    }
}
