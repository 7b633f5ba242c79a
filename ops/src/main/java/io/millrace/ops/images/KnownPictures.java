package io.millrace.ops.images;

import io.millrace.catalog.UserError;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import net.coobird.thumbnailator.Thumbnails;

/**
 * The check that is built in: pictures that are known, also in another size, brightness or quality. A picture's print is 64 bits,
 * each of which says whether it becomes brighter from one point to the next on its right in a grid of 9 by 8 (a difference hash).
 * Prints of one picture differ in a few bits, those of different ones in about half of them. The property {@code check.known} names
 * a file of prints, 16 hexadecimal digits and what the picture is a line.
 */
public final class KnownPictures implements ContentCheck {
    private static final int ROWS = 8;
    private static final int COLUMNS = 9;

    /** Prints that differ in no more bits are of one picture. */
    private static final int MAX_BITS = 6;

    private static final int RADIX = 16;

    private record Known(long print, String what) {}

    private List<Known> known = List.of();

    @Override
    public String name() {
        return "known-pictures";
    }

    @Override
    public void configure(Map<String, String> properties) {
        String file = properties.get("known");
        known = file == null ? List.of() : read(Path.of(file));
    }

    private static List<Known> read(Path file) {
        List<Known> known = new ArrayList<>();
        try {
            List<String> lines = Files.readAllLines(file);
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i).strip();
                if (!line.isEmpty() && !line.startsWith("#")) {
                    known.add(parse(line, file + ":" + (i + 1)));
                }
            }
        } catch (IOException e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the file of known pictures cannot be read: " + e.getMessage(),
                    "check.known names it");
        }
        return List.copyOf(known);
    }

    private static Known parse(String line, String place) {
        String[] parts = line.split("\\s+", 2);
        if (parts.length != 2 || !parts[0].matches("[0-9a-f]{16}")) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    place + ": no print of a picture: " + line,
                    "a line has 16 hexadecimal digits, then what the picture is");
        }
        return new Known(Long.parseUnsignedLong(parts[0], RADIX), parts[1]);
    }

    @Override
    public Optional<String> find(BufferedImage picture) throws IOException {
        long print = print(picture);
        return known.stream()
                .filter(each -> Long.bitCount(each.print ^ print) <= MAX_BITS)
                .findFirst()
                .map(each -> "it is known: " + each.what);
    }

    /** The picture's print. */
    static long print(BufferedImage picture) throws IOException {
        BufferedImage grid = Thumbnails.of(picture).forceSize(COLUMNS, ROWS).asBufferedImage();
        long print = 0;
        for (int y = 0; y < ROWS; y++) {
            for (int x = 0; x < COLUMNS - 1; x++) {
                print = (print << 1) | (brightness(grid.getRGB(x + 1, y)) > brightness(grid.getRGB(x, y)) ? 1 : 0);
            }
        }
        return print;
    }

    /** In thousandths, as the eye weighs the colours. */
    private static int brightness(int rgb) {
        return 299 * (rgb >> 16 & 0xff) + 587 * (rgb >> 8 & 0xff) + 114 * (rgb & 0xff);
    }
}
