package com.google.zxing;

/** ZXing's core 3.5.3 as `device/scan.py` calls it: signatures of its documentation, little more. */
public abstract class LuminanceSource {
    private final int width;
    private final int height;

    protected LuminanceSource(int width, int height) {
        this.width = width;
        this.height = height;
    }

    public abstract byte[] getMatrix();

    public final int getWidth() {
        return width;
    }

    public final int getHeight() {
        return height;
    }
}
