package io.millrace.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CdnSavingsCommandTest {
    @TempDir
    private Path directory;

    private record Outcome(int code, String out, String err) {}

    private static Outcome savings(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        String[] all = new String[arguments.length + 2];
        all[0] = "cdn";
        all[1] = "savings";
        System.arraycopy(arguments, 0, all, 2, arguments.length);
        int code = Millrace.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(all);
        return new Outcome(code, out.toString(), err.toString());
    }

    @Test
    void theGuidesProblem() {
        // 10 TB a month, 8 TB of it images, 90 % hits.
        Outcome outcome = savings("--total", "10TB", "--static", "8TB", "--hit-ratio", "90%");
        assertThat(outcome.code()).isZero();
        assertThat(outcome.out())
                .contains("of 10 TB a month, 8 TB may be kept by caches, which answer 90.0 % of the requests for it")
                .contains("saved:       7.2 TB (72.0 % of all)")
                .contains("origin left: 2.8 TB");
    }

    @Test
    void pricesSayWhatItIsWorth() {
        assertThat(savings("--total", "10TB", "--static", "8TB", "--origin-price", "0.09", "--cdn-price", "0.02")
                        .out())
                .contains("cost:        488.00 less a month (412.00 instead of 900.00)");
    }

    @Test
    void theShareOfHitsIsGivenInOneWay() {
        assertThat(savings("--total", "1TB", "--hits", "3").err()).contains("--hits is given without --misses");
        assertThat(savings("--total", "1TB", "--hit-ratio", "0.9", "--measured", "-")
                        .err())
                .contains("in more than one way");
        assertThat(savings("--total", "1TB", "--measured", "http://a b/").err()).contains("is no URL");
    }

    @Test
    void hitsMayBeMeasured() throws IOException {
        assertThat(savings("--total", "100GB", "--hits", "3", "--misses", "1", "--json")
                        .out())
                .contains("\"hit_ratio\":0.75", "\"saved_gb\":75.0");
        Path counters = Files.writeString(directory.resolve("varnish.json"), """
                {"version": 1, "counters": {
                  "MAIN.cache_hit": {"description": "Cache hits", "flag": "c", "format": "i", "value": 60},
                  "MAIN.cache_hit_grace": {"description": "Cache grace hits", "flag": "c", "format": "i", "value": 5},
                  "MAIN.cache_miss": {"description": "Cache misses", "flag": "c", "format": "i", "value": 40}}}
                """);
        assertThat(savings("--total", "1TB", "--measured", counters.toString()).out())
                .contains("answer 60.0 %", "saved:       600 GB", "origin left: 400 GB");
        Path metrics = Files.writeString(directory.resolve("metrics"), """
                # TYPE varnish_main_cache_hit counter
                varnish_main_cache_hit 9.0e+01
                varnish_main_cache_hitmiss 7
                varnish_main_cache_miss 10
                """);
        assertThat(savings("--total", "1TB", "--measured", metrics.toString()).out())
                .contains("answer 90.0 %");
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThat(savings("--total", "10TB", "--static", "11TB").err())
                .contains("--static is 11TB, more than --total");
        assertThat(savings("--total", "10").err()).contains("--total is 10, which is no size");
        assertThat(savings("--total", "10TB", "--hit-ratio", "90").err())
                .contains("--hit-ratio is 90, which is no share");
        assertThat(savings("--total", "10TB", "--hits", "0", "--misses", "0").err())
                .contains("there were no requests");
        assertThat(savings(
                                "--total",
                                "10TB",
                                "--measured",
                                directory.resolve("none").toString())
                        .code())
                .isEqualTo(Millrace.FAILURE);
    }

    @Test
    void unitsCountByThousandsOrBy1024() {
        assertThat(savings("--total", "1TiB", "--hit-ratio", "0").out())
                .contains("of 1.1 TB a month", "origin left: 1.1 TB");
    }
}
