package com.google.zxing.qrcode;

import com.google.zxing.BinaryBitmap;
import com.google.zxing.LuminanceSource;
import com.google.zxing.NotFoundException;
import com.google.zxing.Result;
import java.util.Map;

/** Reads nothing: says the size of what it was given, and finds no code in what is all white. */
public class QRCodeReader {
    public Result decode(BinaryBitmap image) throws NotFoundException {
        return decode(image, null);
    }

    public final Result decode(BinaryBitmap image, Map<?, ?> hints) throws NotFoundException {
        LuminanceSource source = image.of().getLuminanceSource();
        for (byte light : source.getMatrix()) {
            if (light != -1) {
                return new Result(source.getWidth() + "x" + source.getHeight());
            }
        }
        throw new NotFoundException();
    }
}
