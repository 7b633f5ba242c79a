package io.millrace.ops.slt;

import io.millrace.ops.slt.FileReport.Finding;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Reports as JUnit's XML, which build servers show: a suite, a case a file. */
final class JUnitReport {
    private JUnitReport() {}

    /** Writes them to a file. With strict, what is not supported is a failure; else such a case is skipped if it has no other. */
    static void write(Path path, List<FileReport> reports, boolean strict) throws IOException {
        long failures =
                reports.stream().filter(report -> failed(report, strict)).count();
        StringBuilder xml = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        xml.append(String.format(
                Locale.ROOT,
                "<testsuite name=\"millrace test\" tests=\"%d\" failures=\"%d\" errors=\"0\" time=\"%.3f\">%n",
                reports.size(),
                failures,
                reports.stream().mapToLong(FileReport::millis).sum() / 1e3));
        reports.forEach(report -> append(xml, report, strict));
        xml.append("</testsuite>\n");
        if (path.getParent() != null) {
            Files.createDirectories(path.getParent());
        }
        Files.writeString(path, xml, StandardCharsets.UTF_8);
    }

    private static boolean failed(FileReport report, boolean strict) {
        return report.failed() || (strict && !report.unsupported().isEmpty());
    }

    private static void append(StringBuilder xml, FileReport report, boolean strict) {
        xml.append(String.format(
                Locale.ROOT,
                "  <testcase classname=\"millrace\" name=\"%s\" time=\"%.3f\">%n",
                escaped(report.file()),
                report.millis() / 1e3));
        if (failed(report, strict)) {
            List<Finding> shown = report.failed() ? report.differences() : report.unsupported();
            xml.append("    <failure message=\"")
                    .append(escaped(shown.get(0).message()))
                    .append("\">")
                    .append(escaped(text(shown)))
                    .append("</failure>\n");
        } else if (!report.unsupported().isEmpty()) {
            xml.append("    <system-out>")
                    .append(escaped("unsupported:\n" + text(report.unsupported())))
                    .append("</system-out>\n");
        }
        xml.append("  </testcase>\n");
    }

    private static String text(List<Finding> findings) {
        return findings.stream()
                .map(finding -> finding.place() + ": " + finding.message() + "\n"
                        + finding.lines().stream()
                                .map(line -> "  " + line + "\n")
                                .collect(Collectors.joining()))
                .collect(Collectors.joining());
    }

    /** Text of XML 1.0, which has no control characters. */
    private static String escaped(String text) {
        return text.replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F]", "?")
                .replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
