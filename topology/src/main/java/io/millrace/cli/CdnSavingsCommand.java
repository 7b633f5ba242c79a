package io.millrace.cli;

import io.millrace.catalog.UserError;
import io.millrace.cdn.BandwidthSavings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code millrace cdn savings}: what of a month's traffic caches take from the origin. */
@Command(
        name = "savings",
        description =
                "Reckon what of a month's traffic caches take from the origin, from your own numbers and, if you like, from"
                        + " measured hits.")
final class CdnSavingsCommand implements Callable<Integer> {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final double PERCENT = 100;
    private static final double DEFAULT_HITS = 0.9;
    private static final Pattern SIZE =
            Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([KMGTP]i?B)", Pattern.CASE_INSENSITIVE);
    private static final double DECIMAL = 1_000;
    private static final double BINARY = 1_024;
    private static final List<String> UNITS = List.of("KB", "MB", "GB", "TB", "PB");
    private static final int GB = 2;

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--total",
            required = true,
            paramLabel = "SIZE",
            description = "All that is sent in a month: 10TB, 850GB; TB counts by thousands, TiB by 1024.")
    private String total;

    @Option(
            names = "--static",
            paramLabel = "SIZE",
            description = "What of it caches may keep: images, scripts, pages that are purged; default: all.")
    private String cacheable;

    @Option(
            names = "--hit-ratio",
            paramLabel = "SHARE",
            description =
                    "The share of requests for it that caches answer: 90%% or 0.9; default: 90%%, or what is measured.")
    private String hitRatio;

    @Option(names = "--hits", paramLabel = "N", description = "Requests that caches answered, as they were counted.")
    private Long hits;

    @Option(names = "--misses", paramLabel = "N", description = "Requests that went on to the origin.")
    private Long misses;

    @Option(
            names = "--measured",
            paramLabel = "FILE|URL",
            description =
                    "Take the hits and misses from what varnishstat -j prints, or from the metrics of an exporter for"
                            + " Prometheus (varnish_main_cache_hit, varnish_main_cache_miss).")
    private String measured;

    @Option(
            names = "--origin-price",
            paramLabel = "PRICE",
            description = "What a GB costs that the origin sends, in any currency.")
    private Double originPrice;

    @Option(
            names = "--cdn-price",
            paramLabel = "PRICE",
            description = "What a GB costs that the caches send; default: 0.")
    private double cdnPrice;

    @Option(names = "--json", description = "Print JSON, for scripts.")
    private boolean json;

    @Override
    public Integer call() {
        double ratio = ratio();
        double all = gigabytes("--total", total);
        double kept = cacheable == null ? all : gigabytes("--static", cacheable);
        if (kept > all) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "--static is " + cacheable + ", more than --total, " + total,
                    "--static is a part of --total");
        }
        print(new BandwidthSavings(all, kept, ratio));
        return Millrace.OK;
    }

    private void print(BandwidthSavings savings) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            var node = ExactJson.mapper()
                    .createObjectNode()
                    .put("hit_ratio", savings.hitRatio())
                    .put("total_gb", savings.totalGb())
                    .put("static_gb", savings.cacheableGb())
                    .put("saved_gb", savings.savedGb())
                    .put("origin_gb", savings.originGb());
            if (originPrice != null) {
                node.put("saved_cost", savings.savedCost(originPrice, cdnPrice));
            }
            out.println(node);
        } else {
            out.println("of " + size(savings.totalGb()) + " a month, " + size(savings.cacheableGb())
                    + " may be kept by caches, which answer "
                    + String.format(Locale.ROOT, "%.1f %%", savings.hitRatio() * PERCENT) + " of the requests for it");
            out.println("  saved:       " + size(savings.savedGb())
                    + String.format(Locale.ROOT, " (%.1f %% of all)", savings.savedShare() * PERCENT));
            out.println("  origin left: " + size(savings.originGb()));
            if (originPrice != null) {
                out.println(String.format(
                        Locale.ROOT,
                        "  cost:        %,.2f less a month (%,.2f instead of %,.2f)",
                        savings.savedCost(originPrice, cdnPrice),
                        savings.totalGb() * originPrice - savings.savedCost(originPrice, cdnPrice),
                        savings.totalGb() * originPrice));
            }
        }
        out.flush();
    }

    private double ratio() {
        if (Stream.of(hitRatio, measured, hits == null ? misses : hits)
                        .filter(Objects::nonNull)
                        .count()
                > 1) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "the share of hits is given in more than one way",
                    "give --hit-ratio, or --measured, or --hits with --misses");
        }
        if ((hits == null) != (misses == null)) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "--" + (hits == null ? "misses is given without --hits" : "hits is given without --misses"),
                    "give both: their share is what counts");
        }
        if (hitRatio != null) {
            return share(hitRatio);
        }
        if (measured != null) {
            return ofMeasured(measured.startsWith("http://") || measured.startsWith("https://") ? fetched() : read());
        }
        if (hits != null) {
            return ratio(hits.doubleValue(), misses.doubleValue());
        }
        return DEFAULT_HITS;
    }

    private static double ratio(double hits, double misses) {
        if (hits < 0 || misses < 0 || hits + misses == 0) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    "there were no requests by which hits could be told from misses",
                    "give --hit-ratio, or measure for longer");
        }
        return hits / (hits + misses);
    }

    private static double share(String text) {
        try {
            double value = text.endsWith("%")
                    ? Double.parseDouble(text.substring(0, text.length() - 1).strip()) / PERCENT
                    : Double.parseDouble(text);
            if (value >= 0 && value <= 1) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw noShare(text, e);
        }
        throw noShare(text, null);
    }

    private static UserError noShare(String text, Exception cause) {
        UserError error = UserError.of(
                UserError.Category.USAGE, "--hit-ratio is " + text + ", which is no share", "write 90% or 0.9");
        error.initCause(cause);
        return error;
    }

    private String read() {
        try {
            return measured.equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(measured));
        } catch (IOException e) {
            throw UserError.of(
                    UserError.Category.NOT_FOUND,
                    measured + " cannot be read: " + e.getMessage(),
                    "varnishstat -j > " + measured + " writes it");
        }
    }

    private String fetched() {
        try {
            HttpResponse<String> response = HttpClient.newBuilder()
                    .connectTimeout(PATIENCE)
                    .build()
                    .send(
                            HttpRequest.newBuilder(URI.create(measured))
                                    .timeout(PATIENCE)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() == 200) {
                return response.body();
            }
            throw new IOException("it answered " + response.statusCode());
        } catch (IllegalArgumentException e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    measured + " is no URL: " + e.getMessage(),
                    "name the exporter's address, such as http://varnish:9131/metrics");
        } catch (IOException e) {
            throw UserError.of(
                    UserError.Category.UNREACHABLE,
                    measured + " does not answer: " + e.getMessage(),
                    "name the exporter's address, such as http://varnish:9131/metrics");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** The ratio by counters in either form. */
    private double ofMeasured(String text) {
        OptionalDouble hit = counter(text, "cache_hit");
        OptionalDouble miss = counter(text, "cache_miss");
        if (hit.isEmpty() || miss.isEmpty()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    measured + " has no counters of hits and misses",
                    "it is to be what varnishstat -j prints, or metrics with varnish_main_cache_hit and"
                            + " varnish_main_cache_miss; else give --hits and --misses");
        }
        return ratio(hit.getAsDouble(), miss.getAsDouble());
    }

    private static OptionalDouble counter(String text, String name) {
        Matcher inJson = Pattern.compile("\"MAIN\\." + name + "\"\\s*:\\s*\\{[^}]*?\"value\"\\s*:\\s*([0-9]+)")
                .matcher(text);
        if (inJson.find()) {
            return OptionalDouble.of(Double.parseDouble(inJson.group(1)));
        }
        Matcher metric = Pattern.compile("(?m)^varnish_main_" + name + "(?:_total)?(?:\\{[^}]*})?\\s+([0-9.eE+]+)")
                .matcher(text);
        double sum = 0;
        boolean found = false;
        while (metric.find()) {
            found = true;
            sum += Double.parseDouble(metric.group(1));
        }
        return found ? OptionalDouble.of(sum) : OptionalDouble.empty();
    }

    private static double gigabytes(String option, String text) {
        Matcher size = SIZE.matcher(text.strip());
        if (!size.matches()) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    option + " is " + text + ", which is no size",
                    "write a number and its unit: 850GB, 10TB, 1.5TiB");
        }
        String unit = size.group(2).toUpperCase(Locale.ROOT);
        double base = unit.length() == 3 ? BINARY : DECIMAL;
        int power = UNITS.indexOf(unit.charAt(0) + "B");
        double bytes = Double.parseDouble(size.group(1)) * Math.pow(base, power + 1);
        return bytes / Math.pow(DECIMAL, GB + 1);
    }

    private static String size(double gigabytes) {
        double value = gigabytes;
        int unit = GB;
        while (value >= DECIMAL && unit + 1 < UNITS.size()) {
            value /= DECIMAL;
            unit++;
        }
        String text = String.format(Locale.ROOT, "%.2f", value).replaceAll("\\.?0+$", "");
        return text + " " + UNITS.get(unit);
    }
}
