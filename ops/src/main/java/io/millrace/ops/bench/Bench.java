package io.millrace.ops.bench;

import io.millrace.catalog.UserError;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code ops/bench/run}: one command a benchmark. */
@Command(
        name = "ops/bench/run",
        description = "Measure Millrace beside a peer or a limit, in one run.",
        mixinStandardHelpOptions = true,
        subcommands = {
            MaintainBench.class,
            LatencyBench.class,
            LookupBench.class,
            FanOutBench.class,
            SqlBench.class,
            GrowthBench.class,
            ReplicaBench.class,
            CdnBench.class,
            ScalingBench.class
        })
public final class Bench {
    private static final int FAILURE = 1;
    private static final int SOFTWARE = 70;

    private Bench() {}

    public static void main(String[] arguments) {
        CommandLine line = new CommandLine(new Bench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, result) -> {
                    if (failure instanceof UserError error) {
                        command.getErr().println("bench: " + error.render());
                        return FAILURE;
                    }
                    failure.printStackTrace(command.getErr());
                    return SOFTWARE;
                });
        // Kafka and PostgreSQL leave threads behind that would keep the process.
        System.exit(line.execute(arguments));
    }
}
