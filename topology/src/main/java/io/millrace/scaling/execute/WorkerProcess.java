package io.millrace.scaling.execute;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The place of one worker: a file with its process id and when it began, and one with what it prints. The process writes the first
 * file itself before it becomes the worker, and only where there is none: so whoever starts it may be killed at any point, and of two
 * that are started for one place one goes away.
 */
final class WorkerProcess {
    /** How far apart a process's begin, as the system has it, and the time in its file may be. */
    private static final Duration TOLERANCE = Duration.ofSeconds(3);

    /** A file that nothing is written to for so long will not be written to any more. */
    private static final Duration WRITING = Duration.ofSeconds(5);

    /** The worker is a session of its own where that is possible, so that Ctrl-C is not for it. */
    private static final String SCRIPT = """
            file=$1; shift
            now=$(date +%s)
            (set -C; echo "$$ $now" > "$file") 2>/dev/null || exit 0
            if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
            exec "$@"
            """;

    private final Path pidFile;
    private final Path output;

    WorkerProcess(Path directory, int number) {
        this.pidFile = directory.resolve(number + ".pid");
        this.output = directory.resolve(number + ".log");
    }

    /** The process, if it lives. */
    Optional<ProcessHandle> alive() throws IOException {
        String[] written = written();
        if (written.length != 2) {
            return Optional.empty();
        }
        Instant began = Instant.ofEpochSecond(Long.parseLong(written[1]));
        return ProcessHandle.of(Long.parseLong(written[0]))
                .filter(ProcessHandle::isAlive)
                .filter(handle -> !isZombie(handle))
                .filter(handle -> handle.info()
                        .startInstant()
                        .map(start -> Duration.between(start, began).abs().compareTo(TOLERANCE) <= 0)
                        .orElse(false));
    }

    /** Whether one may be about to live: its file is there, and not written yet. */
    boolean isStarting() throws IOException {
        return Files.exists(pidFile)
                && written().length != 2
                && Files.getLastModifiedTime(pidFile).toInstant().plus(WRITING).isAfter(Instant.now());
    }

    private String[] written() throws IOException {
        if (!Files.exists(pidFile)) {
            return new String[0];
        }
        String text = Files.readString(pidFile).strip();
        return text.matches("\\d{1,10} \\d{1,12}") ? text.split(" ") : new String[0];
    }

    /** It has died, and waits for nobody but a parent that does not look. */
    static boolean isZombie(ProcessHandle handle) {
        Path stat = Path.of("/proc", Long.toString(handle.pid()), "stat");
        try {
            String text = Files.exists(stat) ? Files.readString(stat, StandardCharsets.ISO_8859_1) : "";
            return text.startsWith(" Z", text.lastIndexOf(')') + 1);
        } catch (IOException e) {
            // It has gone meanwhile.
            return true;
        }
    }

    /** Starts it in the place of one that is dead; returns the process that is to become it. */
    Process start(List<String> command, Map<String, String> environment) throws IOException {
        Files.deleteIfExists(pidFile);
        return startBesides(command, environment);
    }

    /** Starts it; where there is one, or another was started, only one stays. */
    Process startBesides(List<String> command, Map<String, String> environment) throws IOException {
        List<String> all = new ArrayList<>(List.of("/bin/sh", "-c", SCRIPT, "millrace-worker", pidFile.toString()));
        all.addAll(command);
        ProcessBuilder builder = new ProcessBuilder(all)
                .redirectInput(new File("/dev/null"))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        builder.environment().putAll(environment);
        return builder.start();
    }

    /** Forgets it. */
    void forget() throws IOException {
        Files.deleteIfExists(pidFile);
    }
}
