package io.millrace.scaling.execute;

import java.io.File;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The place of one worker: a file with its process id, the machine's boot and the tick since then at which it began, and one with
 * what it prints. The process writes the first file itself before it becomes the worker, and only where there is none: so whoever
 * starts it may be killed at any point, and of two that are started for one place one goes away. An id alone would be another
 * process's one day, and the time of day may be set.
 */
final class WorkerProcess {
    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
    /** Among what follows a process's name: its state is the first, its session the fourth, when it began the twentieth. */
    private static final int BEGAN = 19;

    private static final int SESSION = 3;

    private static final int WORDS = 3;
    /** What a file says in whose place nobody has lived: like that of one that is dead. */
    private static final String NOBODY = "0 none none\n";

    private static final String PREFIX = "MILLRACE_";

    /** A file that nothing is written to for so long will not be written to any more. */
    private static final Duration WRITING = Duration.ofSeconds(5);

    /** The worker is a session of its own where that is possible, so that Ctrl-C is not for it. */
    private static final String SCRIPT = """
            file=$1; shift
            if [ -r /proc/$$/stat ]; then
              read -r boot </proc/sys/kernel/random/boot_id
              read -r stat </proc/$$/stat
              began=$(set -f; set -- ${stat##*) }; echo "${20}")
            else
              boot=unknown; began=$(ps -o lstart= -p $$ | tr ' ' _)
            fi
            (set -C; echo "$$ $boot $began" > "$file") 2>/dev/null || exit 0
            if command -v setsid >/dev/null 2>&1; then exec setsid "$@"; fi
            exec "$@"
            """;

    private final Path pidFile;
    private final Path output;
    private final Path earlier;

    WorkerProcess(Path directory, int number) {
        this.pidFile = directory.resolve(number + ".pid");
        this.output = directory.resolve(number + ".log");
        this.earlier = directory.resolve(number + ".log.1");
    }

    /** The process, if it lives. */
    Optional<ProcessHandle> alive() throws IOException {
        String[] words = content().split(" ");
        if (words.length != WORDS || !words[0].matches("\\d{1,10}")) {
            return Optional.empty();
        }
        long pid = Long.parseLong(words[0]);
        if (!identity(pid).equals(words[1] + " " + words[2])) {
            return Optional.empty();
        }
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).filter(handle -> !isZombie(handle));
    }

    /** The boot and when a process began, as the script writes them; empty where there is no such process. */
    private static String identity(long pid) throws IOException {
        if (Files.exists(BOOT)) {
            String[] stat = stat(pid);
            return stat.length <= BEGAN ? "" : Files.readString(BOOT).strip() + " " + stat[BEGAN];
        }
        Process ps = new ProcessBuilder("ps", "-o", "lstart=", "-p", Long.toString(pid)).start();
        String began = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return began.isBlank() ? "" : "unknown " + began.replace("\n", "").replace(' ', '_');
    }

    /** What the system says of a process, from its state on; empty where there is none. */
    private static String[] stat(long pid) {
        try {
            String text = Files.readString(Path.of("/proc", Long.toString(pid), "stat"), StandardCharsets.ISO_8859_1);
            return text.substring(text.lastIndexOf(')') + 1).strip().split(" ");
        } catch (IOException e) {
            // It has gone, or there is nothing that would say it.
            return new String[0];
        }
    }

    /** Whether one may be about to live: its file is there, and not written yet. */
    boolean isStarting() throws IOException {
        return Files.exists(pidFile)
                && content().split(" ").length != WORDS
                && Files.getLastModifiedTime(pidFile).toInstant().plus(WRITING).isAfter(Instant.now());
    }

    /** What its file says; empty where there is none. */
    String content() throws IOException {
        try {
            return Files.readString(pidFile).strip();
        } catch (NoSuchFileException e) {
            return "";
        }
    }

    /** It has died, and waits for nobody but a parent that does not look. */
    static boolean isZombie(ProcessHandle handle) {
        String[] stat = stat(handle.pid());
        return stat.length > 0 ? stat[0].equals("Z") : Files.exists(BOOT);
    }

    /**
     * Starts it in the place of one that is dead; returns the process that is to become it.
     *
     * @param dead what the dead one's file says
     */
    Process start(String dead, List<String> command, Map<String, String> environment) throws IOException {
        forget(dead);
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
        adapt(builder.environment(), environment);
        return builder.start();
    }

    /**
     * Keeps what it prints small: what is there is put aside, in the place of what was put aside before, and it goes on in an empty file.
     * The worker has the file open, at its end wherever that is; a line that it prints in between may be lost. What cannot be put aside,
     * as on a full disk, is given up.
     */
    void rotate(long mostBytes) throws IOException {
        if (!Files.exists(output) || Files.size(output) <= mostBytes) {
            return;
        }
        try (FileChannel channel = FileChannel.open(output, StandardOpenOption.WRITE)) {
            try {
                Files.copy(output, earlier, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                channel.truncate(0);
            }
        }
    }

    /** A worker has what this process has, but for its properties: there may be secrets among them. */
    static void adapt(Map<String, String> inherited, Map<String, String> more) {
        inherited.keySet().removeIf(name -> name.startsWith(PREFIX));
        inherited.putAll(more);
    }

    /** Takes the place if it is free: one that was started for it and has not written its file yet goes away. */
    void occupy() throws IOException {
        if (Files.exists(pidFile)) {
            return;
        }
        try {
            Files.writeString(pidFile, NOBODY, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        } catch (FileAlreadyExistsException e) {
            // It has come meanwhile.
        }
    }

    /** Workers and all that they have started, also what a parent has left behind that has ended since, where the system tells. */
    static Stream<ProcessHandle> families(Collection<ProcessHandle> workers) {
        if (workers.isEmpty()) {
            return Stream.empty();
        }
        Set<String> sessions =
                workers.stream().map(worker -> Long.toString(worker.pid())).collect(Collectors.toSet());
        Stream<ProcessHandle> left = ProcessHandle.allProcesses().filter(each -> {
            String[] stat = stat(each.pid());
            return stat.length > SESSION && sessions.contains(stat[SESSION]);
        });
        Stream<ProcessHandle> below = workers.stream().flatMap(ProcessHandle::descendants);
        return Stream.of(workers.stream(), below, left).flatMap(each -> each);
    }

    /** Forgets one that is dead, and no other that has come meanwhile: where its file says something else, that stays. */
    void forget(String dead) throws IOException {
        if (Files.exists(pidFile) && content().equals(dead)) {
            Files.deleteIfExists(pidFile);
        }
    }
}
