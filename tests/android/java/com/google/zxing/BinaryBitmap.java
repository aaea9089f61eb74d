package com.google.zxing;

public final class BinaryBitmap {
    private final Binarizer binarizer;

    public BinaryBitmap(Binarizer binarizer) {
        this.binarizer = binarizer;
    }

    /** Of the bench alone. */
    public Binarizer of() {
        return binarizer;
    }
}
