package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LocalStateTest {
    private final AtomicLong nowMs = new AtomicLong(Duration.ofDays(20_000).toMillis());

    @TempDir
    Path directory;

    private Path store;
    private LocalState state;

    @BeforeEach
    void fill() throws IOException {
        store = directory.resolve("app/0_0/rocksdb/view/000001.sst");
        Files.createDirectories(store.getParent());
        Files.writeString(store, "rows");
        state = new LocalState(directory, "app", nowMs::get);
    }

    private void after(Duration time) {
        nowMs.addAndGet(time.toMillis());
        state.discardOld();
    }

    @Test
    void whatWasUsedLatelyIsKept() {
        state.noteWhole();
        after(Duration.ofHours(12));
        assertThat(store).exists();
        state.noteWhole();
        after(Duration.ofHours(12));
        assertThat(store).as("it was whole in between").exists();
    }

    @Test
    void startsAloneKeepNothingYoung() throws IOException {
        state.noteWhole();
        after(Duration.ofHours(7));
        after(Duration.ofHours(7));
        assertThat(store).as("it was never whole in between").doesNotExist();
        Files.createDirectories(store);
        after(Duration.ofHours(12));
        assertThat(store).as("begun anew with that start").exists();
    }

    @Test
    void whatAProcessUsesIsLeftToIt() throws IOException {
        try (FileChannel lock = FileChannel.open(
                        directory.resolve("app/.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                FileLock held = lock.lock()) {
            after(Duration.ZERO);
            assertThat(held.isValid()).isTrue();
            assertThat(store).exists();
        }
        after(Duration.ZERO);
        assertThat(store).doesNotExist();
    }

    @Test
    void whatIsSoOldThatTombstonesMayBeGoneIsDeleted() {
        state.noteWhole();
        after(Duration.ofHours(13));
        assertThat(store).doesNotExist();
    }

    @Test
    void whatNobodyKnowsTheAgeOfIsDeleted() {
        after(Duration.ZERO);
        assertThat(store).doesNotExist();
    }
}
