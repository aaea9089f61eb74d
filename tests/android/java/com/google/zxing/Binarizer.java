package com.google.zxing;

public abstract class Binarizer {
    private final LuminanceSource source;

    protected Binarizer(LuminanceSource source) {
        this.source = source;
    }

    public final LuminanceSource getLuminanceSource() {
        return source;
    }
}
