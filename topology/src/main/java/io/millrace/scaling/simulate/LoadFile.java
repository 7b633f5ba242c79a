package io.millrace.scaling.simulate;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import io.millrace.catalog.UserError.Category;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Recorded metrics in a file of comma-separated values. Its first line names the columns: {@code time,service,name,value}, a
 * value a line, or {@code time,service} and a column for each metric. A file without services is all the policy's only service's.
 *
 * @param services by service, its metrics by time
 */
public record LoadFile(Map<String, NavigableMap<Long, Map<String, Double>>> services) {

    /** For so long a row holds that is the only one. */
    private static final long ONLY_ROW_MS = 60_000;

    /**
     * Reads a file.
     *
     * @param only the service of a file that names none; null where that would be ambiguous
     */
    public static LoadFile read(Path file, String only) {
        Map<String, NavigableMap<Long, Map<String, Double>>> services = new TreeMap<>();
        try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            String header = lines.readLine();
            Columns columns = new Columns(file.toString(), header == null ? "" : header, only);
            int number = 1;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    columns.add(services, line, number);
                }
            }
        } catch (IOException e) {
            throw new UserError(
                    Category.NOT_FOUND,
                    new SourcePlace(file.toString(), 0, 0),
                    Files.notExists(file) ? "does not exist" : "cannot be read: " + e.getMessage(),
                    "name a file with the columns time, service, name, value");
        }
        return new LoadFile(services);
    }

    /** The file's columns. */
    private static final class Columns {
        private final String file;
        private final List<String> names;
        private final int time;
        private final int service;
        private final int name;
        private final int value;
        private final String only;

        Columns(String file, String header, String only) {
            this.file = file;
            this.names = Arrays.stream(header.replace("\uFEFF", "").split(","))
                    .map(String::strip)
                    .toList();
            this.time = names.indexOf("time");
            this.service = names.indexOf("service");
            this.name = names.indexOf("name");
            this.value = names.indexOf("value");
            this.only = only;
            if (time < 0 || (service < 0 && only == null) || (name < 0) != (value < 0)) {
                throw mistake(
                        1,
                        "the first line must name the columns",
                        service < 0 && time >= 0
                                ? "add a column service: the policy has several"
                                : "write time,service,name,value, or time,service and a column for each metric");
            }
        }

        private UserError mistake(int line, String message, String hint) {
            return new UserError(Category.MISMATCH, new SourcePlace(file, line, 0), message, hint);
        }

        void add(Map<String, NavigableMap<Long, Map<String, Double>>> services, String line, int number) {
            String[] cells = line.split(",", -1);
            if (cells.length != names.size()) {
                throw mistake(number, "has " + cells.length + " values for " + names.size() + " columns", null);
            }
            long timeMs = time(cells[time].strip(), number);
            Map<String, Double> metrics = services.computeIfAbsent(
                            service < 0 ? only : cells[service].strip(), each -> new TreeMap<>())
                    .computeIfAbsent(timeMs, each -> new TreeMap<>());
            if (name >= 0) {
                metrics.merge(cells[name].strip(), number(cells[value], number), Double::sum);
                return;
            }
            for (int i = 0; i < cells.length; i++) {
                if (i != time && i != service && !cells[i].isBlank()) {
                    metrics.put(names.get(i), number(cells[i], number));
                }
            }
        }

        private long time(String text, int number) {
            if (text.matches("\\d{12,14}")) {
                return Long.parseLong(text);
            }
            try {
                String iso = text.replace(' ', 'T');
                return OffsetDateTime.parse(iso.matches(".*(Z|[+-]\\d\\d:?\\d\\d)$") ? iso : iso + "Z")
                        .toInstant()
                        .toEpochMilli();
            } catch (DateTimeParseException e) {
                throw mistake(
                        number, "'" + text + "' is no time", "write 2026-11-27T18:00:00Z or milliseconds since 1970");
            }
        }

        private double number(String text, int number) {
            try {
                double parsed = Double.parseDouble(text.strip());
                if (Double.isFinite(parsed)) {
                    return parsed;
                }
            } catch (NumberFormatException e) {
                // Told of below.
            }
            throw mistake(number, "'" + text + "' is no number", null);
        }
    }

    /**
     * When each of a service's rows begins to hold, and when the last one ends: a row holds until the next; the last one as long
     * as most do, that is the median.
     */
    static long[] timesMs(NavigableMap<Long, Map<String, Double>> metrics) {
        int rows = metrics.size();
        long[] timesMs = new long[rows + 1];
        int row = 0;
        for (Long timeMs : metrics.keySet()) {
            timesMs[row++] = timeMs;
        }
        long[] distances = new long[Math.max(0, rows - 1)];
        for (int i = 0; i < distances.length; i++) {
            distances[i] = timesMs[i + 1] - timesMs[i];
        }
        Arrays.sort(distances);
        timesMs[rows] = timesMs[rows - 1] + (distances.length == 0 ? ONLY_ROW_MS : distances[distances.length / 2]);
        return timesMs;
    }
}
