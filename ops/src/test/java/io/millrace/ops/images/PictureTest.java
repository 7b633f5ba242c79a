package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.ops.images.ImageFailure.Reason;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;

final class PictureTest {
    /** An EXIF segment which says that the camera was held on its side: the picture is to be turned clockwise. */
    private static final byte[] TURNED = HexFormat.of()
            .parseHex("ffe10022457869660000" + "4d4d002a00000008" + "0001" + "0112000300000001" + "00060000"
                    + "00000000");

    /** The mark of a JPEG's beginning, and the segment that ImageIO puts behind it. */
    private static final int BEGINNING = 2;

    private static final int JFIF_BYTES = 18;

    @Test
    void aPictureIsReadAsItIs() throws Exception {
        BufferedImage picture = Picture.read(GeneratedPicture.good(1));
        assertThat(picture.getWidth()).isBetween(900, 1600);
        assertThat(GeneratedPicture.good(1)).isEqualTo(GeneratedPicture.good(1)).isNotEqualTo(GeneratedPicture.good(2));
    }

    @Test
    void whatIsNoPictureOrADamagedOneIsRefused() {
        byte[] good = GeneratedPicture.good(3);
        assertRefused(GeneratedPicture.corrupt(0), Reason.UNREADABLE, "it is damaged: ");
        assertRefused(GeneratedPicture.corrupt(1), Reason.UNREADABLE, "it is no picture");
        assertRefused(new byte[0], Reason.UNREADABLE, "it is no picture");
        assertRefused(Arrays.copyOf(good, 200), Reason.UNREADABLE, "it is damaged: ");
    }

    @Test
    void aSmallFileThatSaysItIsHugeIsRefusedBeforeItTakesMemory() {
        assertThat(GeneratedPicture.corrupt(2)).hasSizeLessThan(100);
        assertRefused(GeneratedPicture.corrupt(2), Reason.TOO_LARGE, "pixels, and 40000000 is the most");
    }

    @Test
    void damageOfAnyKindIsTheUploadsFaultAndNeverTheWorkers() {
        Random random = new Random(7);
        for (int i = 0; i < 60; i++) {
            byte[] damaged = i % 2 == 0 ? GeneratedPicture.good(i % 4) : png();
            for (int n = 0; n < 20; n++) {
                damaged[2 + random.nextInt(damaged.length - 2)] = (byte) random.nextInt(256);
            }
            try {
                Picture.read(damaged);
            } catch (ImageFailure e) {
                assertThat(e.reason()).isIn(Reason.UNREADABLE, Reason.TOO_LARGE);
            }
        }
    }

    @Test
    void aPictureIsTurnedTheWayThatTheCameraWasHeld() throws Exception {
        BufferedImage picture = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = picture.createGraphics();
        graphics.setColor(Color.WHITE);
        graphics.fillRect(0, 0, 20, 20);
        graphics.dispose();
        BufferedImage read = Picture.read(turned(encoded(picture, "jpg")));
        assertThat(read.getWidth()).isEqualTo(20);
        assertThat(read.getHeight()).isEqualTo(40);
        assertThat(read.getRGB(10, 5) & 0xff).as("what was left is above").isGreaterThan(200);
        assertThat(read.getRGB(10, 35) & 0xff).as("what was right is below").isLessThan(50);
    }

    @Test
    void whatIsOddBesideAPictureDoesNotSpoilIt() throws Exception {
        BufferedImage picture = new BufferedImage(40, 20, BufferedImage.TYPE_INT_RGB);
        BufferedImage read = Picture.read(inserted(encoded(picture, "jpg"), BEGINNING));
        assertThat(read.getWidth()).isEqualTo(40);
    }

    /** With the segment behind that of JFIF, which is the first. */
    private static byte[] turned(byte[] jpeg) {
        return inserted(jpeg, BEGINNING + JFIF_BYTES);
    }

    private static byte[] inserted(byte[] jpeg, int place) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(jpeg, 0, place);
        out.writeBytes(TURNED);
        out.write(jpeg, place, jpeg.length - place);
        return out.toByteArray();
    }

    private static byte[] png() {
        BufferedImage picture = new BufferedImage(50, 50, BufferedImage.TYPE_INT_ARGB);
        return encoded(picture, "png");
    }

    static byte[] encoded(BufferedImage picture, String format) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try {
            ImageIO.write(picture, format, out);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return out.toByteArray();
    }

    private static void assertRefused(byte[] bytes, Reason reason, String message) {
        assertThatThrownBy(() -> Picture.read(bytes))
                .isInstanceOfSatisfying(
                        ImageFailure.class, e -> assertThat(e.reason()).isEqualTo(reason))
                .hasMessageContaining(message);
    }
}
