package io.millrace.ops.walkthrough;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** The checkout's root, as a shell in it sees it. */
final class Checkout {
    static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private Checkout() {}

    /** How a command ended. */
    record Outcome(String command, int exitCode, String out, String err) {
        @Override
        public String toString() {
            return "$ " + command + "\n" + out + err + "exit code " + exitCode;
        }
    }

    /** Runs a command line to its end. */
    static Outcome run(String command, Path statusFile) throws IOException, InterruptedException {
        Path out = Files.createTempFile("millrace", ".out");
        Path err = Files.createTempFile("millrace", ".err");
        try {
            Process process = start(command, Optional.of(statusFile), out, err);
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError(command + " did not end: " + Files.readString(out) + Files.readString(err));
            }
            return new Outcome(command, process.exitValue(), Files.readString(out), Files.readString(err));
        } finally {
            Files.delete(out);
            Files.delete(err);
        }
    }

    /** Starts a command line in a shell; the process is the command itself, not the shell. */
    static Process start(String command, Optional<Path> statusFile, Path out, Path err) throws IOException {
        // A build in the background ignores SIGINT, and so would all that it starts.
        ProcessBuilder builder = new ProcessBuilder(
                        List.of("env", "--default-signal=INT", "bash", "-c", "exec " + command))
                .directory(ROOT.toFile())
                .redirectInput(new java.io.File("/dev/null"))
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("MILLRACE_"));
        statusFile.ifPresent(file -> builder.environment().put("MILLRACE_STATUS_FILE", file.toString()));
        return builder.start();
    }
}
