package io.millrace.ops.images;

import io.millrace.ops.images.ImageFailure.Reason;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import net.coobird.thumbnailator.filters.ImageFilter;
import net.coobird.thumbnailator.util.exif.ExifFilterUtils;
import net.coobird.thumbnailator.util.exif.ExifUtils;
import net.coobird.thumbnailator.util.exif.Orientation;

/** Reads pictures that anybody may have uploaded. */
final class Picture {
    /** The most pixels of a picture; one takes four bytes. A file of a few kilobytes can say that it has billions. */
    static final long MAX_PIXELS = 40_000_000;

    static {
        ImageIO.setUseCache(false);
    }

    private Picture() {}

    /** The picture that the bytes are, the right way up. */
    static BufferedImage read(byte[] bytes) throws ImageFailure {
        try (ImageInputStream in = ImageIO.createImageInputStream(new ByteArrayInputStream(bytes))) {
            Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
            if (!readers.hasNext()) {
                throw new ImageFailure(Reason.UNREADABLE, "it is no picture in a format that is known here");
            }
            ImageReader reader = readers.next();
            try {
                reader.setInput(in);
                return read(reader);
            } finally {
                reader.dispose();
            }
        } catch (IOException | RuntimeException e) {
            // Decoders meet damage with whatever exception their arithmetic throws.
            String what = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
            throw new ImageFailure(Reason.UNREADABLE, "it is damaged: " + what, e);
        }
    }

    private static BufferedImage read(ImageReader reader) throws IOException, ImageFailure {
        long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
        if (pixels > MAX_PIXELS) {
            throw new ImageFailure(
                    Reason.TOO_LARGE, "it has " + pixels + " pixels, and " + MAX_PIXELS + " is the most that is taken");
        }
        // The decoder of JPEG only warns of a file that ends early, and paints the rest grey.
        AtomicReference<String> warning = new AtomicReference<>();
        reader.addIIOReadWarningListener((source, text) -> warning.compareAndSet(null, text));
        BufferedImage picture = reader.read(0);
        if (warning.get() != null) {
            throw new ImageFailure(Reason.UNREADABLE, "it is damaged: " + warning.get());
        }
        return upright(picture, orientation(reader));
    }

    /** How the camera was held; null where that is not said. */
    private static Orientation orientation(ImageReader reader) {
        try {
            return ExifUtils.getExifOrientation(reader, 0);
        } catch (IOException | RuntimeException e) {
            // What is said beside a picture may be odd where the picture is not.
            return null;
        }
    }

    /** A camera stores what its sensor sees, and how it was held. */
    private static BufferedImage upright(BufferedImage picture, Orientation orientation) {
        if (orientation == null || orientation == Orientation.TOP_LEFT) {
            return picture;
        }
        ImageFilter turn = ExifFilterUtils.getFilterForOrientation(orientation);
        return turn.apply(picture);
    }
}
