package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xml.sax.InputSource;

/** What {@code millrace autoscale simulate} prints and writes. */
final class AutoscaleSimulateCommandTest {
    private static final Instant START = Instant.parse("2024-11-18T00:00:00Z");

    @TempDir
    private Path folder;

    @Test
    void theCommandPrintsATableAndWritesOnePage() throws Exception {
        Path policy = folder.resolve("scaling.yaml");
        Path load = folder.resolve("load.csv");
        Path page = folder.resolve("report.html");
        Files.writeString(policy, """
                services:
                  web:
                    minInstances: 2
                    maxInstances: 50
                    policies: [{ policy: TargetTracking, targetMetric: CPUUtilization, targetValue: 60 }]
                    costs: { pricePerInstanceHour: 0.14 }
                    model: { load: Requests, capacityPerInstance: 1000, per: 1s }
                """);
        StringBuilder csv = new StringBuilder("time,service,name,value\n");
        for (int minute = 0; minute < 600; minute++) {
            double requests = 5_000 * (1 + 0.6 * Math.sin(2 * Math.PI * minute / (24 * 60)));
            csv.append(START.plusSeconds(60L * minute))
                    .append(",web,Requests,")
                    .append(requests)
                    .append('\n');
        }
        Files.writeString(load, csv);
        StringWriter out = new StringWriter();
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .execute(
                        "autoscale",
                        "simulate",
                        "--policy",
                        policy.toString(),
                        "--metrics",
                        load.toString(),
                        "--out",
                        page.toString(),
                        "--sweep");
        assertThat(code).isZero();
        assertThat(out.toString()).contains("fixed at peak", "HPA, defaults", "perfect foresight", "scaleDownDelay");
        String html = Files.readString(page);
        assertThat(html).doesNotContain("http:", "https:", "<script", "src=");
        assertWellFormed(html);
    }

    /** Each drawing is XML of its own. */
    private static void assertWellFormed(String html) throws Exception {
        Matcher drawings = Pattern.compile("<svg.*?</svg>", Pattern.DOTALL).matcher(html);
        int count = 0;
        while (drawings.find()) {
            count++;
            DocumentBuilderFactory.newInstance()
                    .newDocumentBuilder()
                    .parse(new InputSource(new StringReader(drawings.group())));
        }
        assertThat(count).isEqualTo(3);
    }
}
