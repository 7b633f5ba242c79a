package io.millrace.scaling.execute;

import io.millrace.connectors.delivery.RetryPolicy;
import io.millrace.scaling.Decision;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts and stops processes of this machine. How many there are to be is written down before anything is done, and is then held to:
 * workers have numbers from 1 on, each that is missing is started, each above is told to end (SIGTERM) and killed when it has not
 * within its grace. Workers live on when this process ends, and are found again.
 */
final class ProcessExecutor implements Executor {
    static final String NAME = "process";
    /** The file whose lock whoever works in a folder holds. */
    static final String LOCK = "lock";
    /** The file of a service that says how many there are to be. */
    static final String WANTED = "wanted";

    private static final Logger LOG = LoggerFactory.getLogger(ProcessExecutor.class);
    private static final Pattern PID_FILE = Pattern.compile("(\\d{1,6})\\.pid");
    /** Quotes may begin in its middle. */
    private static final Pattern WORD = Pattern.compile("(?:[^\\s\"]|\"[^\"]*\"?)+");
    /** When a worker that died is started again. */
    private static final RetryPolicy RESTARTS = new RetryPolicy(-1, 500, 2, 0.2, 60_000);
    /** A worker that has lived for so long has not failed at its start. */
    private static final long SETTLED_MS = 30_000;

    private final Settings settings;
    private final Path directory;
    private final FileChannel channel;
    private final FileLock lock;
    private final Map<String, Map<Integer, Restart>> restarts = new HashMap<>();
    /** The instances of which it was said that what they printed cannot be put aside. */
    private final Set<String> large = new HashSet<>();
    /** What is told to end, by the worker itself. */
    private final Map<ProcessHandle, Ending> ending = new HashMap<>();

    /**
     * How workers run.
     *
     * @param command what is run; {service}, {instance} and {number} are replaced
     * @param directory where is kept which there are, and what they print
     * @param graceMs how long one has to end
     * @param logBytes how much of what one prints is kept, and as much of what it printed before
     */
    record Settings(String command, Path directory, long graceMs, long logBytes) {}

    /** A worker with all that it had started when it was told to end, and when what still lives of it is killed. */
    private record Ending(List<ProcessHandle> all, long deadlineMs) {
        boolean isOver() {
            return all.stream().noneMatch(each -> each.isAlive() && !WorkerProcess.isZombie(each));
        }
    }

    /** How often a worker has died in a row, when it was started and as what, and before when it is not started again. */
    private record Restart(int deaths, long startedMs, Process process, long notBeforeMs) {}

    /**
     * An executor.
     *
     * @throws ExecutionFailure if another one works in the folder
     */
    ProcessExecutor(Settings settings) throws ExecutionFailure {
        this.settings = settings;
        this.directory = settings.directory().toAbsolutePath();
        try {
            Files.createDirectories(this.directory);
            this.channel =
                    FileChannel.open(this.directory.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            this.lock = channel.tryLock();
        } catch (IOException e) {
            throw ExecutionFailure.lasting(this.directory + " cannot be used: " + e.getMessage(), e);
        } catch (OverlappingFileLockException e) {
            throw taken(e);
        }
        if (lock == null) {
            throw taken(null);
        }
    }

    private ExecutionFailure taken(Exception cause) {
        return ExecutionFailure.lasting("another executor works in " + directory, cause);
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public OptionalInt ordered(String service) throws ExecutionFailure {
        try {
            Path file = wanted(service);
            return OptionalInt.of(
                    Files.exists(file) ? Integer.parseInt(Files.readString(file).strip()) : 0);
        } catch (IOException | NumberFormatException e) {
            throw failure(service, e);
        }
    }

    @Override
    public OptionalInt working(String service) throws ExecutionFailure {
        try {
            int working = 0;
            int wanted = ordered(service).orElse(0);
            for (int number : numbers(service)) {
                Optional<ProcessHandle> alive = worker(service, number).alive();
                working += number <= wanted && alive.isPresent() ? 1 : 0;
            }
            return OptionalInt.of(working);
        } catch (IOException e) {
            throw failure(service, e);
        }
    }

    @Override
    public void carryOut(Decision decision) throws ExecutionFailure {
        try {
            Files.createDirectories(folder(decision.service()));
            Path written = folder(decision.service()).resolve("wanted.new");
            Files.writeString(written, decision.to() + "\n");
            Files.move(
                    written,
                    wanted(decision.service()),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failure(decision.service(), e);
        }
        tend(decision.service());
    }

    @Override
    public void tend(String service) throws ExecutionFailure {
        int wanted = ordered(service).orElse(0);
        try {
            for (int number : numbers(service)) {
                if (number > wanted) {
                    end(service, number);
                }
            }
            for (int number = 1; number <= wanted; number++) {
                keep(service, number);
            }
        } catch (IOException e) {
            throw failure(service, e);
        } finally {
            killLate();
            keepSmall(service, wanted);
        }
    }

    /** After all else: a full disk is no reason to leave workers alone. */
    private void keepSmall(String service, int wanted) {
        for (int number = 1; number <= wanted; number++) {
            try {
                worker(service, number).rotate(settings.logBytes());
                large.remove(instance(service, number));
            } catch (IOException e) {
                if (large.add(instance(service, number))) {
                    LOG.warn("what {} has printed cannot be put aside: {}", instance(service, number), e.toString());
                }
            }
        }
    }

    /** Sees to it that a worker lives. */
    private void keep(String service, int number) throws IOException {
        WorkerProcess worker = worker(service, number);
        Map<Integer, Restart> known = restarts.computeIfAbsent(service, name -> new TreeMap<>());
        long nowMs = System.currentTimeMillis();
        Restart before = known.get(number);
        String content = worker.content();
        // One that is told to end is waited for; one that was just started may not have written its file yet.
        boolean there = worker.alive().isPresent() || worker.isStarting();
        if (there || (before != null && before.process().isAlive())) {
            return;
        }
        if (before != null && before.notBeforeMs() == 0) {
            int deaths = nowMs - before.startedMs() < SETTLED_MS ? before.deaths() + 1 : 1;
            long pauseMs = RESTARTS.pauseMs(deaths, ThreadLocalRandom.current().nextDouble());
            LOG.warn("{} has died, and is started again in {} ms", instance(service, number), pauseMs);
            known.put(number, new Restart(deaths, before.startedMs(), before.process(), nowMs + pauseMs));
            return;
        }
        if (before != null && nowMs < before.notBeforeMs()) {
            return;
        }
        Process started = worker.start(content, commandOf(service, number), environment(service, number));
        known.put(number, new Restart(before == null ? 0 : before.deaths(), nowMs, started, 0));
        LOG.info("{} is started", instance(service, number));
    }

    private void end(String service, int number) throws IOException {
        String content = worker(service, number).content();
        Optional<ProcessHandle> alive = worker(service, number).alive();
        Map<Integer, Restart> known = restarts.computeIfAbsent(service, name -> new TreeMap<>());
        known.remove(number);
        if (alive.isEmpty()) {
            if (!worker(service, number).isStarting()) {
                worker(service, number).forget(content);
            }
            return;
        }
        if (!ending.containsKey(alive.get())) {
            LOG.info("{} is told to end", instance(service, number));
            List<ProcessHandle> all = family(alive.get());
            ending.put(alive.get(), new Ending(all, System.currentTimeMillis() + settings.graceMs()));
            all.forEach(ProcessHandle::destroy);
        }
    }

    /** A process and all that it has started: a shell does not pass on what it is told. */
    private static List<ProcessHandle> family(ProcessHandle worker) {
        return Stream.concat(Stream.of(worker), worker.descendants()).toList();
    }

    private void killLate() {
        long nowMs = System.currentTimeMillis();
        ending.values().removeIf(Ending::isOver);
        ending.replaceAll((worker, told) -> {
            if (nowMs < told.deadlineMs()) {
                return told;
            }
            LOG.warn("the process {} has not ended in time, and is killed", worker.pid());
            // With what was started since.
            told.all().stream().flatMap(each -> family(each).stream()).forEach(ProcessHandle::destroyForcibly);
            return new Ending(told.all(), Long.MAX_VALUE);
        });
    }

    private List<String> commandOf(String service, int number) {
        List<String> words = new ArrayList<>();
        for (Matcher word = WORD.matcher(settings.command()); word.find(); ) {
            words.add(word.group()
                    .replace("\"", "")
                    .replace("{service}", service)
                    .replace("{instance}", instance(service, number))
                    .replace("{number}", Integer.toString(number)));
        }
        return words;
    }

    private Map<String, String> environment(String service, int number) {
        return Map.of("MILLRACE_WORKER_SERVICE", service, "MILLRACE_WORKER_INSTANCE", instance(service, number));
    }

    private static String instance(String service, int number) {
        return service + "-" + number;
    }

    private Set<Integer> numbers(String service) throws IOException {
        Set<Integer> numbers = new TreeSet<>();
        if (!Files.exists(folder(service))) {
            return numbers;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder(service))) {
            for (Path file : files) {
                Matcher name = PID_FILE.matcher(file.getFileName().toString());
                if (name.matches()) {
                    numbers.add(Integer.valueOf(name.group(1)));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
        return numbers;
    }

    private WorkerProcess worker(String service, int number) {
        return new WorkerProcess(folder(service), number);
    }

    private Path wanted(String service) {
        return folder(service).resolve(WANTED);
    }

    private Path folder(String service) {
        return directory.resolve(service);
    }

    private static ExecutionFailure failure(String service, Exception e) {
        return ExecutionFailure.passing("the workers of " + service + ": " + e.getMessage(), e);
    }

    /** The workers live on. */
    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
