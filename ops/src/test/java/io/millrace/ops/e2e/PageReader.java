package io.millrace.ops.e2e;

import io.millrace.ops.e2e.PageHistory.Place;
import io.millrace.ops.e2e.PageHistory.Seen;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads pages and says what it saw of which row. */
final class PageReader {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Pattern CAPTION = Pattern.compile("<h1>(.*?)</h1>");
    private static final Pattern OWNER = Pattern.compile("by <a href=\"/u/[^\"]*\">(.*?)</a>");
    private static final Pattern COUNTS = Pattern.compile("(\\d+) likes, (\\d+) comments");
    private static final Pattern ITEM = Pattern.compile("<a href=\"/p/(\\d+)\">(.*?)</a>");
    private static final int MICROS_PER_MILLI = 1_000;

    private final URI url;
    private final HttpClient client = HttpClient.newHttpClient();

    PageReader(String url) {
        this.url = URI.create(url);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(url.resolve(path)).timeout(PATIENCE).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    static long nowMicros() {
        return System.currentTimeMillis() * MICROS_PER_MILLI;
    }

    /** What a photo's page shows, in its two parts; nothing while it cannot be shown. */
    List<Seen> photo(long id) throws IOException, InterruptedException {
        long started = nowMicros();
        HttpResponse<String> answer = get("/p/" + id);
        String position = answer.headers().firstValue("Millrace-Position").orElse(null);
        if (answer.statusCode() == 404) {
            return List.of(new Seen(id, Place.PAGE, null, started, null, null));
        }
        Matcher caption = CAPTION.matcher(answer.body());
        Matcher owner = OWNER.matcher(answer.body());
        Matcher counts = COUNTS.matcher(answer.body());
        if (answer.statusCode() != 200 || !caption.find() || !owner.find()) {
            return List.of();
        }
        Seen page = new Seen(id, Place.PAGE, null, started, caption.group(1) + "|" + owner.group(1), position);
        return counts.find()
                ? List.of(
                        page, new Seen(id, Place.COUNTS, null, started, counts.group(1) + "|" + counts.group(2), null))
                : List.of(page);
    }

    /** What a user's page shows, given the photos that were ever in it, of which those that it does not show are missing. */
    Function<List<Long>, List<Seen>> user(String name) throws IOException, InterruptedException {
        long started = nowMicros();
        HttpResponse<String> answer = get("/u/" + name);
        if (answer.statusCode() != 200 && answer.statusCode() != 404) {
            return ever -> List.of();
        }
        Map<Long, String> shown = new HashMap<>();
        Matcher item = ITEM.matcher(answer.body());
        while (item.find()) {
            shown.put(Long.valueOf(item.group(1)), item.group(2));
        }
        return ever -> ever.stream()
                .map(photo -> new Seen(photo, Place.LIST, name, started, shown.get(photo), null))
                .toList();
    }
}
