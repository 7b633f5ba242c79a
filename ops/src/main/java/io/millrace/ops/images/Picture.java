package io.millrace.ops.images;

import io.millrace.ops.images.ImageFailure.Reason;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.SampleModel;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;
import net.coobird.thumbnailator.filters.ImageFilter;
import net.coobird.thumbnailator.util.exif.ExifFilterUtils;
import net.coobird.thumbnailator.util.exif.ExifUtils;
import net.coobird.thumbnailator.util.exif.Orientation;

/** Reads pictures that anybody may have uploaded. */
final class Picture {
    /** The most pixels of a picture. A file of a few kilobytes can say that it has billions. */
    static final long MAX_PIXELS = 40_000_000;

    /** The most memory that a picture takes as it is read and as it is made opaque, together; a larger one is read coarsely. */
    static final long MAX_MEMORY = 96L << 20;

    private static final int OPAQUE_BYTES = 4;

    /** Their decoders go through a picture by lines and need not hold all of it. */
    private static final Set<String> BY_LINES = Set.of("jpeg", "png", "gif", "bmp", "wbmp");

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
        ImageReadParam coarsely = reader.getDefaultReadParam();
        int step = step(reader);
        coarsely.setSourceSubsampling(step, step, 0, 0);
        // The decoder of JPEG only warns of a file that ends early, and paints the rest grey.
        AtomicReference<String> warning = new AtomicReference<>();
        reader.addIIOReadWarningListener((source, text) -> warning.compareAndSet(null, text));
        BufferedImage picture = reader.read(0, coarsely);
        if (warning.get() != null) {
            throw new ImageFailure(Reason.UNREADABLE, "it is damaged: " + warning.get());
        }
        return upright(picture, orientation(reader));
    }

    /** Of how many pixels in a row and in a column one is read, so that the picture takes no more memory than it may. */
    private static int step(ImageReader reader) throws IOException, ImageFailure {
        Iterator<ImageTypeSpecifier> types = reader.getImageTypes(0);
        int bytes = (types.hasNext() ? bytes(types.next().getSampleModel()) : OPAQUE_BYTES) + OPAQUE_BYTES;
        int step = 1;
        while (parts(reader.getWidth(0), step) * parts(reader.getHeight(0), step) * bytes > MAX_MEMORY) {
            step++;
        }
        if (step > 1 && !BY_LINES.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
            throw new ImageFailure(
                    Reason.TOO_LARGE,
                    "it takes more than the " + MAX_MEMORY + " bytes of memory that a picture of its format may take;"
                            + " a PNG or JPEG may be larger");
        }
        return step;
    }

    private static long parts(int length, int step) {
        return (length + step - 1L) / step;
    }

    /** What a pixel takes. */
    private static int bytes(SampleModel pixels) {
        return pixels.getNumDataElements() * DataBuffer.getDataTypeSize(pixels.getTransferType()) / Byte.SIZE;
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
