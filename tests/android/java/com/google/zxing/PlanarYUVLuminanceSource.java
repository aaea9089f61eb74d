package com.google.zxing;

public final class PlanarYUVLuminanceSource extends LuminanceSource {
    private final byte[] yuvData;

    public PlanarYUVLuminanceSource(byte[] yuvData, int dataWidth, int dataHeight, int left,
            int top, int width, int height, boolean reverseHorizontal) {
        super(width, height);
        if (left + width > dataWidth || top + height > dataHeight) {
            throw new IllegalArgumentException("Crop rectangle does not fit within image data.");
        }
        if (yuvData.length < dataWidth * dataHeight) {
            throw new IllegalArgumentException("bench: too few bytes");
        }
        this.yuvData = yuvData;
    }

    @Override
    public byte[] getMatrix() {
        return yuvData;
    }
}
