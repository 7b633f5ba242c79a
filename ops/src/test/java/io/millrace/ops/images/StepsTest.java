package io.millrace.ops.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.catalog.UserError;
import io.millrace.ops.images.ImageFailure.Reason;
import io.millrace.ops.images.ThumbnailStep.Thumbnail;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
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
        interrupted.await();
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
