package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guide's calculations, as {@code millrace autoscale costs} prints them. */
final class AutoscaleCostsCommandTest {
    @TempDir
    private Path folder;

    private String costs(List<String> service, String... options) throws Exception {
        Path policy = folder.resolve("scaling.yaml");
        Files.writeString(
                policy,
                "services:\n  web:\n    minInstances: 2\n    maxInstances: 200\n    policies: [{ policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }]\n"
                        + service.stream().map(line -> "    " + line + "\n").collect(Collectors.joining()));
        StringWriter out = new StringWriter();
        String[] all = new String[options.length + 4];
        System.arraycopy(new String[] {"autoscale", "costs", "--policy", policy.toString()}, 0, all, 0, 4);
        System.arraycopy(options, 0, all, 4, options.length);
        int code = Millrace.commandLine().setOut(new PrintWriter(out)).execute(all);
        assertThat(code).isZero();
        return out.toString();
    }

    @Test
    void aMillionUsersCost20050DollarsAMonthAnd12050InStep() throws Exception {
        assertThat(costs(
                        List.of(
                                "costs: { pricePerInstanceMonth: 200, fixedPerMonth: 50 }",
                                "model: { load: Users, capacityPerInstance: 10000 }"),
                        "--load",
                        "1000000",
                        "--use",
                        "60"))
                .containsPattern("for a load of 1,000,000 +\\| 100 +\\| 27.47 +\\| 20,050")
                .containsPattern("in step with it, at 60 % on average +\\| 60 +\\| 16.51 +\\| 12,050")
                .containsPattern("the minimum, all the time +\\| 2 +\\| 0.62 +\\| 450");
    }

    @Test
    void belowTheBreakEvenInstancesCostLessThanOneLargeMachine() throws Exception {
        assertThat(costs(
                        List.of(
                                "costs: { pricePerInstanceMonth: 100, maxMonthlyCost: 10000 }",
                                "model: { load: Requests, capacityPerInstance: 1000 }"),
                        "--large-machine",
                        "8000"))
                .contains(
                        "below a load of 80,000 (Requests) instances at 100 a month cost less than a machine at 8,000")
                .containsPattern("the budget, on average at most +\\| 100 +\\| 13.70 +\\| 10,000");
    }

    @Test
    void withoutAPriceThereIsNothingToShow() throws Exception {
        assertThat(costs(List.of())).contains("its policy has no price");
    }
}
