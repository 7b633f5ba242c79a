package io.millrace.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of an application's stores on this instance, and when they were last known to be whole. A store that goes on from its
 * changelog must find there each deletion that it has not; compaction drops a deletion's tombstone after {@link #TOMBSTONES_KEPT}. So
 * stores are written to their files every {@link #FLUSH_INTERVAL}, and a folder for which that was last done {@link #TRUSTED} ago or more
 * is deleted, and restored from the beginning.
 */
final class LocalState {
    /** {@code delete.retention.ms} of changelogs. */
    static final Duration TOMBSTONES_KEPT = Duration.ofHours(24);

    static final Duration FLUSH_INTERVAL = Duration.ofMinutes(10);
    private static final Duration TRUSTED = TOMBSTONES_KEPT.dividedBy(2);
    private static final Logger LOG = LoggerFactory.getLogger(LocalState.class);

    private final Path folder;
    private final Path seen;
    private final LongSupplier clockMs;

    /**
     * An application's state.
     *
     * @param stateDirectory where all applications of the instance have theirs
     */
    LocalState(Path stateDirectory, String applicationId, LongSupplier clockMs) {
        this.folder = stateDirectory.resolve(applicationId);
        this.seen = stateDirectory.resolve(applicationId + ".seen");
        this.clockMs = clockMs;
    }

    /** Deletes what is too old, or nobody knows how old. */
    void discardOld() {
        if (Files.exists(folder) && clockMs.getAsLong() - seenAtMs() > TRUSTED.toMillis() && !isInUse()) {
            LOG.info(
                    "the state in {} was last known to be whole {} hours ago or more, and is restored from its changelogs",
                    folder,
                    TRUSTED.toHours());
            TaskDirectories.delete(folder);
        }
        if (!Files.exists(folder)) {
            noteWhole();
        }
    }

    /** Whether a process has Kafka Streams' lock of the folder; it will say so itself. */
    private boolean isInUse() {
        Path lock = folder.resolve(".lock");
        if (!Files.exists(lock)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
                FileLock held = channel.tryLock()) {
            return held == null;
        } catch (OverlappingFileLockException e) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(lock + " cannot be opened", e);
        }
    }

    private long seenAtMs() {
        try {
            return Files.exists(seen) ? Long.parseLong(Files.readString(seen).strip()) : 0;
        } catch (NumberFormatException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(seen + " cannot be read", e);
        }
    }

    /** Takes note that all stores have what they had a moment ago in their files. */
    void noteWhole() {
        try {
            Files.createDirectories(seen.toAbsolutePath().getParent());
            Path half = seen.resolveSibling(seen.getFileName() + ".tmp");
            Files.writeString(half, Long.toString(clockMs.getAsLong()));
            Files.move(half, seen, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(seen + " cannot be written", e);
        }
    }

    /** Deletes all of it. */
    void delete() {
        TaskDirectories.delete(folder);
        TaskDirectories.delete(seen);
    }
}
