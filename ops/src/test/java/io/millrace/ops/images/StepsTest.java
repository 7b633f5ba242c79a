package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import io.millrace.ops.images.ImageFailure.Reason;
import io.millrace.ops.images.ThumbnailStep.Thumbnail;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32;
import java.util.zip.DeflaterOutputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the two groups do with a picture, the time that it may take, and how often it may be begun. */
final class StepsTest {
    private static final Path PIPELINE = Path.of("..", "pipelines", "images");

    @TempDir
    private Path directory;

    @Test
    void thumbnailsHaveTheLongestSideThatTheyShould() throws Exception {
        ImageStore store = new ImageStore(directory);
        BufferedImage picture = new BufferedImage(1600, 400, BufferedImage.TYPE_INT_RGB);
        List<Thumbnail> thumbnails = new ThumbnailStep(store).of(picture).thumbnails();
        assertThat(thumbnails)
                .extracting(thumbnail -> thumbnail.width() + "x" + thumbnail.height())
                .containsExactly("960x240", "320x80", "96x24");
        for (Thumbnail thumbnail : thumbnails) {
            byte[] stored =
                    store.get(ImageStore.Kind.THUMBNAIL, thumbnail.sha256()).orElseThrow();
            assertThat(stored).hasSize(thumbnail.bytes());
            assertThat(ImageIO.read(new ByteArrayInputStream(stored)).getWidth())
                    .isEqualTo(thumbnail.width());
        }
    }

    @Test
    void aSmallPictureIsNotMadeLarger() throws Exception {
        BufferedImage picture = new BufferedImage(60, 90, BufferedImage.TYPE_INT_RGB);
        assertThat(new ThumbnailStep(new ImageStore(directory)).of(picture).thumbnails())
                .extracting(thumbnail -> thumbnail.width() + "x" + thumbnail.height())
                .containsExactly("60x90", "60x90", "60x90");
    }

    @Test
    void theSamePictureGivesTheSameThumbnails() throws Exception {
        ThumbnailStep step = new ThumbnailStep(new ImageStore(directory));
        ThumbnailStep.Made first = step.of(Picture.read(GeneratedPicture.good(5)));
        assertThat(step.of(Picture.read(GeneratedPicture.good(5)))).isEqualTo(first);
        try (var files = Files.list(directory.resolve("thumbnails"))) {
            assertThat(files).hasSize(ThumbnailStep.SIZES.size());
        }
    }

    @Test
    void whatShinesThroughIsWhite() throws Exception {
        ImageStore store = new ImageStore(directory);
        BufferedImage clear = new BufferedImage(50, 50, BufferedImage.TYPE_INT_ARGB);
        String made = new ThumbnailStep(store).of(clear).thumbnails().get(0).sha256();
        byte[] stored = store.get(ImageStore.Kind.THUMBNAIL, made).orElseThrow();
        assertThat(ImageIO.read(new ByteArrayInputStream(stored)).getRGB(25, 25) & 0xffffff)
                .isEqualTo(0xffffff);
    }

    /** With 16 bits for each of red, green, blue and how much shines through: eight bytes a pixel. */
    @Test
    void aPictureOfMoreMemoryThanOneMayTakeIsReadCoarsely() throws Exception {
        BufferedImage picture = Picture.read(deepPng(3_600, 3_000));
        assertThat(picture.getWidth()).isEqualTo(1_800);
        assertThat(picture.getHeight()).isEqualTo(1_500);
        ImageStore store = new ImageStore(directory);
        Thumbnail made = new ThumbnailStep(store).of(picture).thumbnails().get(0);
        assertThat(made.width()).isEqualTo(960);
        BufferedImage thumbnail = ImageIO.read(new ByteArrayInputStream(
                store.get(ImageStore.Kind.THUMBNAIL, made.sha256()).orElseThrow()));
        assertThat(thumbnail.getRGB(10, 10) & 0xff)
                .as("grey, half of which shines through")
                .isBetween(188, 196);
        assertThat(thumbnail.getRGB(10, 790) & 0xff).isBetween(188, 196);
    }

    @Test
    void aPictureThatItsDecoderMustHoldWholeIsRefused() throws Exception {
        BufferedImage large = new BufferedImage(6_000, 5_000, BufferedImage.TYPE_BYTE_GRAY);
        byte[] tiff = PictureTest.encoded(large, "tiff");
        assertThatThrownBy(() -> Picture.read(tiff))
                .isInstanceOfSatisfying(
                        ImageFailure.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOO_LARGE))
                .hasMessageContaining("a PNG or JPEG may be larger");
    }

    /** Of one colour. */
    private static byte[] deepPng(int width, int height) throws IOException {
        byte[] line = new byte[1 + 8 * width];
        for (int i = 1; i < line.length; i++) {
            line[i] = (byte) 0x80;
        }
        ByteArrayOutputStream lines = new ByteArrayOutputStream();
        try (DeflaterOutputStream out = new DeflaterOutputStream(lines)) {
            for (int y = 0; y < height; y++) {
                out.write(line);
            }
        }
        ByteArrayOutputStream png = new ByteArrayOutputStream();
        png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'});
        byte[] header = ByteBuffer.allocate(13)
                .putInt(width)
                .putInt(height)
                .put(new byte[] {16, 6, 0, 0, 0})
                .array();
        chunk(png, "IHDR", header);
        chunk(png, "IDAT", lines.toByteArray());
        chunk(png, "IEND", new byte[0]);
        return png.toByteArray();
    }

    private static void chunk(ByteArrayOutputStream png, String type, byte[] data) {
        byte[] typed = ByteBuffer.allocate(4 + data.length)
                .put(type.getBytes(StandardCharsets.US_ASCII))
                .put(data)
                .array();
        CRC32 crc = new CRC32();
        crc.update(typed);
        png.writeBytes(ByteBuffer.allocate(4).putInt(data.length).array());
        png.writeBytes(typed);
        png.writeBytes(ByteBuffer.allocate(4).putInt((int) crc.getValue()).array());
    }

    @Test
    void noTwoShardsGiveTheSameId() {
        Set<Long> ids = new HashSet<>();
        for (int shard = 0; shard < 3; shard++) {
            long last = 0;
            for (int i = 0; i < 100; i++) {
                last = UploadWriter.nextId(last, 1_000 + i * 2, shard, 3);
                assertThat(last).isGreaterThanOrEqualTo(1_000 + i * 2).matches(id -> ids.add(id), "a new id");
            }
        }
    }

    @Test
    void theStoreGivesNothingThatItDoesNotHave() throws Exception {
        ImageStore store = new ImageStore(directory);
        assertThat(store.get(ImageStore.Kind.ORIGINAL, "0".repeat(64))).isEmpty();
        assertThat(store.get(ImageStore.Kind.ORIGINAL, "../thumbnails")).isEmpty();
    }

    @Test
    void theScanKnowsAPictureInEverySizeAndBrightnessAndNoOther() throws Exception {
        ScanStep scan = new ScanStep(WorkerConfig.of(PIPELINE, Map.of()).check());
        for (long seed = 0; seed < 20; seed++) {
            assertThat(scan.of(Picture.read(GeneratedPicture.known(seed))).summary())
                    .as("known picture %d", seed)
                    .isEqualTo("rejected");
            assertThat(scan.of(Picture.read(GeneratedPicture.good(seed))).summary())
                    .as("picture %d", seed)
                    .isEqualTo("clean");
        }
    }

    @Test
    void aCheckThatFailsIsAskedAgain() {
        ScanStep scan = new ScanStep(new ContentCheck() {
            @Override
            public String name() {
                return "elsewhere";
            }

            @Override
            public Optional<String> find(BufferedImage picture) throws IOException {
                throw new IOException("no answer");
            }
        });
        assertThatThrownBy(() -> scan.of(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB)))
                .isInstanceOfSatisfying(
                        ImageFailure.class,
                        e -> assertThat(e.reason().mayPass()).isTrue())
                .hasMessage("the check elsewhere failed: no answer");
    }

    @Test
    void mistakesInPropertiesAreToldWithWhatThereIs() throws IOException {
        assertThatThrownBy(() -> WorkerConfig.of(directory, Map.of("image.timeout", "1")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("there is no property image.timeout");
        assertThatThrownBy(() -> WorkerConfig.of(directory, Map.of("image.attempts", "0")))
                .isInstanceOf(UserError.class)
                .hasMessageContaining("image.attempts");
        assertThatThrownBy(() ->
                        WorkerConfig.of(directory, Map.of("check", "oracle")).check())
                .isInstanceOfSatisfying(
                        UserError.class, e -> assertThat(e.hint().orElseThrow()).contains("known-pictures"));
        Path known = Files.writeString(directory.resolve("known-pictures.txt"), "# prints\n\n12 a picture\n");
        assertThatThrownBy(() -> WorkerConfig.of(directory, Map.of()).check())
                .isInstanceOf(UserError.class)
                .hasMessageStartingWith(known + ":3: no print of a picture");
    }

    @Test
    void whatTakesTooLongIsGivenUpAndTheNextGoesOn() throws Exception {
        TimeLimit limit = new TimeLimit(Duration.ofMillis(100), "test");
        CountDownLatch interrupted = new CountDownLatch(1);
        assertThatThrownBy(() -> limit.within(() -> {
                    try {
                        Thread.sleep(60_000);
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                    }
                    return 1;
                }))
                .isInstanceOfSatisfying(
                        ImageFailure.class, e -> assertThat(e.reason()).isEqualTo(Reason.TIMED_OUT));
        assertThat(interrupted.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(limit.within(() -> 2)).isEqualTo(2);
    }

    @Test
    void aWorkerWithManyPicturesThatCannotBeInterruptedEnds() {
        TimeLimit limit = new TimeLimit(Duration.ofMillis(5), "test");
        CountDownLatch ended = new CountDownLatch(1);
        try {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 10; i++) {
                            assertThatThrownBy(() -> limit.within(() -> {
                                        while (ended.getCount() > 0) {
                                            Thread.onSpinWait();
                                        }
                                        return 1;
                                    }))
                                    .isInstanceOf(ImageFailure.class);
                        }
                    })
                    .hasMessageContaining("so that it can be started anew");
        } finally {
            ended.countDown();
        }
    }
}
