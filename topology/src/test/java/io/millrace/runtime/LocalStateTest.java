package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
        after(Duration.ofHours(12));
        assertThat(store).as("it was used in between").exists();
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
