package io.millrace.scaling.simulate;

import io.millrace.scaling.Decision;
import io.millrace.scaling.policy.Costs;
import io.millrace.scaling.simulate.Simulation.Outcome;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A simulation's outcome for people: rows of a table, and a page that needs nothing else. */
public final class SimulationReport {
    private static final int WIDTH = 960;
    private static final int HEIGHT = 170;
    private static final int MARGIN = 60;
    private static final int POINTS = 900;
    private static final int MOST_DECISIONS = 200;
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String STYLE = """
            :root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6875; --rule: #d8dee5; --paper: #fff;
              --load: #4c78a8; --wanted: #e45756; --working: #2f855a; --use: #b07aa1; }
            @media (prefers-color-scheme: dark) { :root { --ink: #e6ebf0; --soft: #9aa7b4; --rule: #3a4653; --paper: #12181f; } }
            body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1040px;
              margin: 2rem auto; padding: 0 1rem; }
            h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; } h3 { font-size: 1rem; margin: 1.2rem 0 0.2rem; }
            table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
            th, td { text-align: right; padding: 0.25rem 0.6rem; border-bottom: 1px solid var(--rule); }
            th:first-child, td:first-child { text-align: left; } th { color: var(--soft); font-weight: 600; }
            svg { width: 100%; height: auto; } .scroll { overflow-x: auto; } .soft { color: var(--soft); }
            polyline, path { fill: none; stroke-width: 1.5; } text { fill: var(--soft); font-size: 11px; }
            .axis { stroke: var(--rule); stroke-width: 1; } details td { text-align: left; }
            """;

    private SimulationReport() {}

    /** The names of {@link #rows}. */
    public static List<String> header() {
        return List.of(
                "by",
                "instance-hours",
                "cost",
                "cost a month",
                "SLO broken, min",
                "over capacity",
                "peak",
                "utilisation",
                "changes");
    }

    /** A row for the policy and one for each baseline. */
    public static List<List<String>> rows(Outcome outcome) {
        List<Timeline> lines = new ArrayList<>(List.of(outcome.run()));
        lines.addAll(outcome.baselines());
        return lines.stream().map(line -> row(line, outcome.policy().costs())).toList();
    }

    private static List<String> row(Timeline line, Costs costs) {
        double cost = line.cost(costs);
        return List.of(
                line.name(),
                number(line.instanceHours()),
                number(cost),
                number(cost * Costs.HOURS_PER_MONTH / line.hours()),
                number(line.violationMinutes()),
                number(line.overloadRequests()),
                number(line.peak()),
                number(line.meanUtilisation()) + " %",
                String.valueOf(line.changes()));
    }

    private static String number(double value) {
        return String.format(
                Locale.ROOT, Math.abs(value) < 100 && value != Math.rint(value) ? "%,.1f" : "%,.0f", value);
    }

    /** The page. */
    public static String html(List<Outcome> outcomes, List<Sweep.Trial> trials, String policyFile) {
        StringBuilder page = new StringBuilder();
        page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
                .append("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">")
                .append("<title>Simulation of ")
                .append(escaped(policyFile))
                .append("</title><style>\n")
                .append(STYLE)
                .append("</style></head><body>\n<h1>Simulation of ")
                .append(escaped(policyFile))
                .append("</h1>\n");
        for (Outcome outcome : outcomes) {
            service(page, outcome, trials);
        }
        return page.append("</body></html>\n").toString();
    }

    private static void service(StringBuilder page, Outcome outcome, List<Sweep.Trial> trials) {
        Timeline run = outcome.run();
        page.append("<h2>")
                .append(escaped(outcome.policy().name()))
                .append("</h2>\n<p class=\"soft\">")
                .append(TIME.format(Instant.ofEpochMilli(run.startMs())))
                .append(" to ")
                .append(TIME.format(Instant.ofEpochMilli(run.endMs())))
                .append(" UTC</p>\n");
        table(page, header(), rows(outcome));
        String load = outcome.policy().model().orElseThrow().load();
        chart(page, run, "Load: " + load, new Series("load", "--load", run.load()));
        chart(
                page,
                run,
                "Instances",
                new Series("wanted", "--wanted", run.wanted()),
                new Series("working", "--working", run.working()));
        chart(page, run, "Utilisation, %", new Series("utilisation", "--use", run.utilisation()));
        sweep(page, outcome.policy().name(), trials);
        decisions(page, run.decisions());
    }

    private static void sweep(StringBuilder page, String service, List<Sweep.Trial> trials) {
        List<List<String>> rows = trials.stream()
                .filter(trial -> trial.service().equals(service))
                .map(SimulationReport::row)
                .toList();
        if (!rows.isEmpty()) {
            page.append("<h3>Other targets and delays</h3>\n");
            table(page, sweepHeader(), rows);
        }
    }

    /** The names of {@link #row(Sweep.Trial)}. */
    public static List<String> sweepHeader() {
        return List.of("target, %", "scaleDownDelay, s", "cost", "SLO broken, min", "best");
    }

    /** A trial as a table's row. */
    public static List<String> row(Sweep.Trial trial) {
        return List.of(
                number(trial.targetPercent()),
                String.valueOf(trial.scaleDownDelayMs() / 1000),
                number(trial.cost()),
                number(trial.violationMinutes()),
                trial.onFrontier() ? "*" : "");
    }

    private static void decisions(StringBuilder page, List<Decision> decisions) {
        page.append("<details><summary>")
                .append(decisions.size())
                .append(" decisions")
                .append(decisions.size() > MOST_DECISIONS ? ", the first " + MOST_DECISIONS : "")
                .append("</summary>\n");
        List<List<String>> rows = decisions.stream()
                .limit(MOST_DECISIONS)
                .map(each -> List.of(TIME.format(Instant.ofEpochMilli(each.timeMs())), each.toString()))
                .toList();
        table(page, List.of("UTC", "decision"), rows);
        page.append("</details>\n");
    }

    private static void table(StringBuilder page, List<String> header, List<List<String>> rows) {
        page.append("<div class=\"scroll\"><table><thead>");
        tableRow(page, "th", header);
        page.append("</thead><tbody>\n");
        rows.forEach(row -> tableRow(page, "td", row));
        page.append("</tbody></table></div>\n");
    }

    private static void tableRow(StringBuilder page, String cell, List<String> row) {
        page.append("<tr>");
        row.forEach(text -> page.append('<')
                .append(cell)
                .append('>')
                .append(escaped(text))
                .append("</")
                .append(cell)
                .append('>'));
        page.append("</tr>\n");
    }

    /** What a line of a chart shows. */
    private record Series(String name, String color, double[] values) {}

    private static void chart(StringBuilder page, Timeline run, String title, Series... all) {
        double top = 1e-9;
        for (Series series : all) {
            for (double value : series.values()) {
                top = Math.max(top, value);
            }
        }
        page.append("<h3>").append(escaped(title));
        for (Series series : all) {
            page.append(" <span style=\"color: var(")
                    .append(series.color())
                    .append(")\">&#9632; ")
                    .append(escaped(series.name()))
                    .append("</span>");
        }
        page.append("</h3>\n<svg role=\"img\" viewBox=\"0 0 ")
                .append(WIDTH)
                .append(' ')
                .append(HEIGHT + 30)
                .append("\"><title>")
                .append(escaped(title))
                .append("</title>\n");
        axes(page, run, top);
        for (Series series : all) {
            line(page, run, series, top);
        }
        page.append("</svg>\n");
    }

    private static void axes(StringBuilder page, Timeline run, double top) {
        for (int i = 0; i <= 2; i++) {
            double y = HEIGHT - i * (HEIGHT - 10) / 2.0;
            page.append(String.format(
                    Locale.ROOT,
                    "<path class=\"axis\" d=\"M%d %.1fH%d\"/><text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>%n",
                    MARGIN,
                    y,
                    WIDTH,
                    MARGIN - 6,
                    y + 4,
                    number(top * i / 2)));
        }
        for (int i = 0; i <= 4; i++) {
            long timeMs = run.startMs() + (run.endMs() - run.startMs()) * i / 4;
            String anchor = i == 0 ? "start" : i == 4 ? "end" : "middle";
            page.append(String.format(
                    Locale.ROOT,
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>%n",
                    MARGIN + (WIDTH - MARGIN) * i / 4,
                    HEIGHT + 18,
                    anchor,
                    TIME.format(Instant.ofEpochMilli(timeMs))));
        }
    }

    /** A line of at most so many points: of those that fall together the highest, so that no peak is lost. */
    private static void line(StringBuilder page, Timeline run, Series series, double top) {
        int count = series.values().length;
        int points = Math.min(POINTS, count);
        long spanMs = Math.max(1, run.timesMs()[count - 1] - run.startMs());
        page.append("<polyline style=\"stroke: var(").append(series.color()).append(")\" points=\"");
        for (int point = 0; point < points; point++) {
            int from = (int) ((long) point * count / points);
            int to = (int) ((long) (point + 1) * count / points);
            double highest = 0;
            for (int i = from; i < to; i++) {
                highest = Math.max(highest, series.values()[i]);
            }
            page.append(String.format(
                    Locale.ROOT,
                    "%.1f,%.1f ",
                    MARGIN + (double) (WIDTH - MARGIN) * (run.timesMs()[from] - run.startMs()) / spanMs,
                    HEIGHT - highest / top * (HEIGHT - 10)));
        }
        page.append("\"/>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
