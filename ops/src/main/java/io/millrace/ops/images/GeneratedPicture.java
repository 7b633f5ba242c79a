package io.millrace.ops.images;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;

/** Pictures for the demo and for tests, each made of a seed: the same gives the same picture. */
final class GeneratedPicture {
    private static final int MIN_WIDTH = 900;
    private static final int MIN_HEIGHT = 600;
    private static final int MORE = 700;
    private static final int SHAPES = 24;
    private static final int TILES = 10;

    private GeneratedPicture() {}

    /** A picture in which nothing is wrong. */
    static byte[] good(long seed) {
        Random random = new Random(seed);
        BufferedImage picture = new BufferedImage(
                MIN_WIDTH + random.nextInt(MORE), MIN_HEIGHT + random.nextInt(MORE), BufferedImage.TYPE_INT_RGB);
        int width = picture.getWidth();
        int height = picture.getHeight();
        Graphics2D graphics = picture.createGraphics();
        graphics.setPaint(new GradientPaint(0, 0, color(random), random.nextInt(width), height, color(random)));
        graphics.fillRect(0, 0, width, height);
        for (int i = 0; i < SHAPES; i++) {
            graphics.setColor(color(random));
            int x = random.nextInt(width);
            int y = random.nextInt(height);
            int size = 20 + random.nextInt(width / 3);
            if (random.nextBoolean()) {
                graphics.fillOval(x - size / 2, y - size / 2, size, size);
            } else {
                graphics.fillRect(x - size / 2, y - size / 4, size, size / 2);
            }
        }
        graphics.dispose();
        return jpeg(picture);
    }

    /** One picture, in a size and brightness by the seed: that which the demo's file of known pictures has. */
    static byte[] known(long seed) {
        Random tiles = new Random(0);
        Random random = new Random(seed);
        int width = MIN_WIDTH + random.nextInt(MORE);
        BufferedImage picture = new BufferedImage(width, width * 2 / 3, BufferedImage.TYPE_INT_RGB);
        double brightness = 0.6 + 0.4 * random.nextDouble();
        Graphics2D graphics = picture.createGraphics();
        int step = width / TILES + 1;
        for (int x = 0; x < width; x += step) {
            for (int y = 0; y < width; y += step) {
                int grey = (int) (tiles.nextInt(256) * brightness);
                graphics.setColor(new Color(grey, grey / 2, grey / 3));
                graphics.fillRect(x, y, step, step);
            }
        }
        graphics.dispose();
        return jpeg(picture);
    }

    /** What is no picture, or none that is taken: one that ends early, a text, or one of billions of pixels. */
    static byte[] corrupt(long seed) {
        return switch (Math.floorMod(seed, 3)) {
            case 0 -> {
                byte[] good = good(seed);
                yield Arrays.copyOf(good, good.length / 2);
            }
            case 1 ->
                ("<html>This is the page that the upload of picture " + seed + " should have shown.</html>")
                        .getBytes(StandardCharsets.UTF_8);
            default -> huge(Math.floorMod(seed, 1_000) + 60_000);
        };
    }

    private static Color color(Random random) {
        return new Color(random.nextInt(256), random.nextInt(256), random.nextInt(256));
    }

    private static byte[] jpeg(BufferedImage picture) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, "jpg", out);
        } catch (IOException e) {
            throw new IllegalStateException("memory cannot fail to be written", e);
        }
        return out.toByteArray();
    }

    /** The beginning of a PNG, which says how large it is. */
    private static byte[] huge(int side) {
        ByteBuffer header = ByteBuffer.allocate(33);
        header.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        header.putInt(13);
        byte[] chunk = ByteBuffer.allocate(17)
                .put("IHDR".getBytes(StandardCharsets.US_ASCII))
                .putInt(side)
                .putInt(side)
                .put(new byte[] {8, 2, 0, 0, 0})
                .array();
        CRC32 crc = new CRC32();
        crc.update(chunk);
        return header.put(chunk).putInt((int) crc.getValue()).array();
    }
}
