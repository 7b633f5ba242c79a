package io.millrace.scaling.execute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real processes. */
final class ProcessExecutorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    /** It says which it is, and waits. */
    private static final String WORKER = "sh -c \"echo $MILLRACE_WORKER_INSTANCE {number}; exec sleep 60\"";

    /** It does not end when it is told to. */
    private static final String DEAF = "sh -c \"trap '' TERM; echo deaf; while true; do sleep 0.2; done\"";

    @TempDir
    private Path directory;

    @AfterEach
    void end() throws Exception {
        for (int number = 1; number <= 5; number++) {
            new WorkerProcess(directory.resolve("web"), number).alive().ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    private ProcessExecutor executor(String command) throws ExecutionFailure {
        return new ProcessExecutor(new ProcessExecutor.Settings(command, directory, 300, 1024));
    }

    private void await(ProcessExecutor executor, int working) {
        Awaitility.await().atMost(PATIENCE).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            executor.tend("web");
            assertThat(executor.working("web")).hasValue(working);
            assertThat(pids()).hasSize(working);
        });
    }

    private Set<Long> pids() throws Exception {
        Set<Long> pids = new TreeSet<>();
        for (int number = 1; number <= 5; number++) {
            new WorkerProcess(directory.resolve("web"), number).alive().ifPresent(each -> pids.add(each.pid()));
        }
        return pids;
    }

    @Test
    void asManyRunAsAreDecided() throws Exception {
        try (ProcessExecutor executor = executor(WORKER)) {
            assertThat(executor.ordered("web")).hasValue(0);
            executor.carryOut(ReconcilerTest.decision("a", 0, 3));
            await(executor, 3);
            assertThat(Files.readString(directory.resolve("web/2.log"))).isEqualTo("web-2 2\n");
            Set<Long> three = pids();
            executor.carryOut(ReconcilerTest.decision("a", 0, 3));
            await(executor, 3);
            assertThat(pids()).isEqualTo(three);
            executor.carryOut(ReconcilerTest.decision("b", 3, 1));
            await(executor, 1);
            assertThat(three).containsAll(pids());
        }
    }

    @Test
    void whatAWorkerPrintsIsKeptSmallWhileItRuns() throws Exception {
        Path much = directory.resolve("much");
        Path more = directory.resolve("more");
        try (ProcessExecutor executor = executor("sh -c \"while [ ! -e " + much + " ]; do sleep 0.05; done;"
                + " i=0; while [ $i -lt 200 ]; do i=$((i+1)); echo line $i; done; while [ ! -e " + more
                + " ]; do sleep 0.05; done; echo more; exec sleep 60\"")) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            Files.createFile(much);
            Path log = directory.resolve("web/1.log");
            Path earlier = directory.resolve("web/1.log.1");
            Awaitility.await().atMost(PATIENCE).until(() -> Files.readString(log)
                    .endsWith("line 200\n"));
            assertThat(earlier).doesNotExist();
            executor.tend("web");
            assertThat(log).isEmptyFile();
            assertThat(Files.readAllLines(earlier)).hasSize(200).startsWith("line 1");
            Files.createFile(more);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .untilAsserted(() -> assertThat(log).content().isEqualTo("more\n"));
            assertThat(pids()).hasSize(1);
        }
    }

    @Test
    void aWorkerIsStartedAndItsLogKeptSmallWhereNothingCanBePutAside() throws Exception {
        Path log = directory.resolve("web/1.log");
        Files.createDirectories(directory.resolve("web/1.log.1/in the way"));
        Files.writeString(log, "x".repeat(2000));
        try (ProcessExecutor executor = executor(WORKER)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 2));
            await(executor, 2);
            assertThat(log).content().doesNotContain("xx");
        }
    }

    @Test
    void quotesMayBeginInTheMiddleOfAWord() throws Exception {
        String command = "sh -c \"IFS=; printf '<%s>' $0 $@; exec sleep 60\" --name=\"{service} {number}\" last";
        try (ProcessExecutor executor = executor(command)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            await(executor, 1);
            Path log = directory.resolve("web/1.log");
            Awaitility.await().atMost(PATIENCE).untilAsserted(() -> assertThat(Files.readString(log))
                    .isEqualTo("<--name=web 1><last>"));
        }
    }

    @Test
    void aWorkerDoesNotInheritSecretsOfProperties() {
        Map<String, String> inherited =
                new TreeMap<>(Map.of("PATH", "/bin", "MILLRACE_SCALING_EXECUTOR_WEBHOOK_SECRET", "x"));
        WorkerProcess.adapt(inherited, Map.of("MILLRACE_WORKER_SERVICE", "web"));
        assertThat(inherited).isEqualTo(Map.of("PATH", "/bin", "MILLRACE_WORKER_SERVICE", "web"));
    }

    @Test
    void theyAreFoundAgainAndNoneIsStartedTwice() throws Exception {
        Set<Long> before;
        try (ProcessExecutor executor = executor(WORKER)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 2));
            await(executor, 2);
            before = pids();
        }
        assertThat(before).allMatch(pid -> ProcessHandle.of(pid).orElseThrow().isAlive());
        try (ProcessExecutor executor = executor(WORKER)) {
            await(executor, 2);
            assertThat(pids()).isEqualTo(before);
            executor.carryOut(ReconcilerTest.decision("b", 2, 0));
            await(executor, 0);
        }
    }

    /** For who wants none to live on, and starts as many again when it comes back. */
    @Test
    void theyAreEndedWhereNobodySeesToThem() throws Exception {
        try (ProcessExecutor executor = executor(WORKER)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 2));
            await(executor, 2);
        }
        StartedWorkers.end(directory, PATIENCE);
        assertThat(pids()).isEmpty();
        StartedWorkers.end(directory.resolve("nowhere"), PATIENCE);
        try (ProcessExecutor executor = executor(DEAF)) {
            await(executor, 2);
        }
        StartedWorkers.end(directory, Duration.ofMillis(100));
        assertThat(pids()).isEmpty();
    }

    @Test
    void oneThatWasJustStartedDoesNotBeginAfterTheyWereEnded() throws Exception {
        Path folder = Files.createDirectories(directory.resolve("web"));
        Files.writeString(folder.resolve("wanted"), "2\n");
        StartedWorkers.end(directory, PATIENCE);
        Process late = new WorkerProcess(folder, 2).startBesides(List.of("sleep", "60"), Map.of());
        assertThat(late.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(pids()).isEmpty();
        try (ProcessExecutor executor = executor(WORKER)) {
            executor.tend("web");
            await(executor, 2);
        }
    }

    @Test
    void whatAWorkerStartsAtItsEndIsEndedToo() throws Exception {
        Path child = directory.resolve("child");
        String command = "sh -c \"trap 'sleep 60 & echo $! > " + child
                + "; exit' TERM; echo up; while true; do sleep 0.05; done\"";
        try (ProcessExecutor executor = executor(command)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            Path log = directory.resolve("web/1.log");
            Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(log) && Files.size(log) > 0);
        }
        // A process that is told before it has become another one may not hear it.
        StartedWorkers.end(directory, Duration.ofSeconds(2));
        long pid = Long.parseLong(Files.readString(child).strip());
        assertThat(ProcessHandle.of(pid).filter(each -> !WorkerProcess.isZombie(each)))
                .isEmpty();
    }

    @Test
    void theyAreEndedWhenTheirExecutorHasStopped() throws Exception {
        CompletableFuture<Void> ended;
        try (ProcessExecutor executor = executor(WORKER)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            await(executor, 1);
            ended = CompletableFuture.runAsync(() -> {
                try {
                    StartedWorkers.end(directory, PATIENCE);
                } catch (IOException | InterruptedException e) {
                    throw new CompletionException(e);
                }
            });
            Thread.sleep(200);
            assertThat(pids()).hasSize(1);
        }
        ended.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(pids()).isEmpty();
    }

    /** As when whoever started the first was killed before it had written its file. */
    @Test
    void ofTwoThatAreStartedForOnePlaceOneGoesAway() throws Exception {
        Files.createDirectories(directory.resolve("web"));
        WorkerProcess worker = new WorkerProcess(directory.resolve("web"), 1);
        List<Process> started = List.of(
                worker.startBesides(List.of("sleep", "60"), Map.of()),
                worker.startBesides(List.of("sleep", "60"), Map.of()));
        Awaitility.await()
                .atMost(PATIENCE)
                .until(() -> started.stream().filter(Process::isAlive).count() == 1);
        Awaitility.await().atMost(PATIENCE).until(() -> worker.alive().isPresent());
        assertThat(started.stream().filter(Process::isAlive).map(Process::pid).collect(Collectors.toSet()))
                .containsExactly(worker.alive().orElseThrow().pid());
    }

    @Test
    void anIdThatAnotherProcessHasNowIsNotTheWorkers() throws Exception {
        Files.createDirectories(directory.resolve("web"));
        long mine = ProcessHandle.current().pid();
        String boot =
                Files.readString(Path.of("/proc/sys/kernel/random/boot_id")).strip();
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String began = stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19];
        Path file = directory.resolve("web/1.pid");
        WorkerProcess worker = new WorkerProcess(directory.resolve("web"), 1);
        Files.writeString(file, mine + " " + boot + " " + began + "\n");
        assertThat(worker.alive()).isPresent();
        // A tick is 10 ms: one that began just before is another one.
        Files.writeString(file, mine + " " + boot + " " + (Long.parseLong(began) - 1) + "\n");
        assertThat(worker.alive()).isEmpty();
        Files.writeString(file, mine + " another-boot " + began + "\n");
        assertThat(worker.alive()).isEmpty();
    }

    @Test
    void onlyWhatWasFoundDeadIsForgotten() throws Exception {
        Files.createDirectories(directory.resolve("web"));
        Path file = directory.resolve("web/1.pid");
        WorkerProcess worker = new WorkerProcess(directory.resolve("web"), 1);
        Files.writeString(file, "17 a-boot 200\n");
        worker.forget("17 a-boot 100");
        worker.forget("");
        assertThat(file).exists();
        worker.forget("17 a-boot 200");
        assertThat(file).doesNotExist();
    }

    @Test
    void oneThatDiesIsStartedAgain() throws Exception {
        try (ProcessExecutor executor = executor(WORKER)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            await(executor, 1);
            long first = pids().iterator().next();
            ProcessHandle.of(first).orElseThrow().destroyForcibly();
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> {
                        executor.tend("web");
                        assertThat(pids()).hasSize(1).doesNotContain(first);
                    });
        }
    }

    @Test
    void oneThatDoesNotEndIsKilledAfterItsGrace() throws Exception {
        try (ProcessExecutor executor = executor(DEAF)) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            await(executor, 1);
            // Until the shell has set its trap the signal would end it.
            Path log = directory.resolve("web/1.log");
            Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(log) && Files.size(log) > 0);
            long startNanos = System.nanoTime();
            executor.carryOut(ReconcilerTest.decision("b", 1, 0));
            assertThat(pids()).hasSize(1);
            await(executor, 0);
            assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThan(Duration.ofMillis(299));
        }
    }

    @Test
    void whatAWorkerHasStartedEndsWithIt() throws Exception {
        try (ProcessExecutor executor =
                executor("sh -c \"sh -c 'trap : TERM; while true; do sleep 0.2; done' & sleep 60 & echo up; wait\"")) {
            executor.carryOut(ReconcilerTest.decision("a", 0, 1));
            await(executor, 1);
            Path log = directory.resolve("web/1.log");
            Awaitility.await().atMost(PATIENCE).until(() -> Files.exists(log) && Files.size(log) > 0);
            List<ProcessHandle> children = ProcessHandle.of(pids().iterator().next())
                    .orElseThrow()
                    .descendants()
                    .toList();
            assertThat(children).hasSizeGreaterThanOrEqualTo(2);
            executor.carryOut(ReconcilerTest.decision("b", 1, 0));
            await(executor, 0);
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(50))
                    .untilAsserted(() -> {
                        executor.tend("web");
                        assertThat(children).noneMatch(each -> each.isAlive() && !WorkerProcess.isZombie(each));
                    });
        }
    }

    @Test
    void twoExecutorsDoNotWorkInOneFolder() throws Exception {
        try (ProcessExecutor first = executor(WORKER)) {
            assertThat(first.name()).isEqualTo("process");
            assertThat(catchThrowableOfType(ExecutionFailure.class, () -> executor(WORKER)))
                    .hasMessageContaining("another executor works in");
        }
        executor(WORKER).close();
    }
}
