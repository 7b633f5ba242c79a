package io.millrace.ops.pages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.ops.demo.Demo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The demo of {@code pipelines/pages}: the traffic of the photo-sharing service, its pages, a cache before them, and who reads them. */
public final class PagesDemo implements Demo {
    private static final String LIST = "/v1/views/photo_card?limit=1000";
    /** What the traffic posts first. */
    private static final String FIRST_PHOTO = "/p/4";

    private static final long LIST_NANOS = TimeUnit.SECONDS.toNanos(2);
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final int READS_PER_SECOND = 200;
    private static final int PHOTOS_A_USER = 5;
    private static final int TOKEN_SECONDS = 86_400;
    private static final int LATEST_PURGES = 1_000;
    private static final int PERCENT = 100;
    /** Over so many reports hits are counted: in one second there are few reads. */
    private static final int HITS_REPORTS = 10;

    private final Edge edge;
    private final Demo traffic;
    private final URI views;
    private final PurgeWatch watch;
    private final PageReaders readers;
    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private List<String> paths = List.of();
    private long listedNanos = System.nanoTime() - LIST_NANOS;
    private final Deque<Varnish.Hits> hitsBefore = new ArrayDeque<>(List.of(new Varnish.Hits(0, 0)));
    private long purgesBefore;

    /** The pages' server and the cache before it, which take no part in the pipeline and can be started before it. */
    public static final class Edge implements AutoCloseable {
        private final PageServer pages;
        private final Varnish cache;

        private Edge(PageServer pages, Varnish cache) {
            this.pages = pages;
            this.cache = cache;
        }

        /**
         * Starts both.
         *
         * @param checkout where {@code ops/varnish} is
         * @param files the files that pages refer to
         * @param directory takes the cache's files
         * @param port where the cache is to listen
         * @param views where views will be served
         */
        public static Edge start(Path checkout, Path files, Path directory, int port, URI views) throws IOException {
            // A secret of this run: who guesses it can sign in to a page that shows nothing.
            byte[] secret = new byte[32];
            new SecureRandom().nextBytes(secret);
            PageServer pages = PageServer.start(0, views, files, secret);
            try {
                return new Edge(pages, Varnish.start(checkout, directory, port, pages.port()));
            } catch (IOException | RuntimeException e) {
                pages.close();
                throw e;
            }
        }

        /** Where pages are read. */
        public String url() {
            return cache.url();
        }

        @Override
        public void close() {
            cache.close();
            pages.close();
        }
    }

    private PagesDemo(Edge edge, Demo traffic, URI views, String bootstrapServers, String registryUrl, long seed) {
        this.edge = edge;
        this.traffic = traffic;
        this.views = views;
        this.watch = PurgeWatch.start(bootstrapServers, registryUrl, LATEST_PURGES);
        this.readers = PageReaders.start(URI.create(edge.url()), this::paths, READS_PER_SECOND, seed);
    }

    /**
     * Starts the demo.
     *
     * @param edge which runs, and is left to its owner
     * @param traffic which runs, and is ended with the demo
     * @param views where views are served
     */
    public static PagesDemo start(
            Edge edge, Demo traffic, URI views, String bootstrapServers, String registryUrl, long seed) {
        return new PagesDemo(edge, traffic, views, bootstrapServers, registryUrl, seed);
    }

    /** What there is to read, looked up from time to time. */
    private List<String> paths() {
        if (System.nanoTime() - listedNanos >= LIST_NANOS) {
            listedNanos = System.nanoTime();
            try {
                HttpRequest request = HttpRequest.newBuilder(views.resolve(LIST))
                        .timeout(PATIENCE)
                        .build();
                paths = paths(json.readTree(client.send(request, HttpResponse.BodyHandlers.ofByteArray())
                        .body()));
            } catch (IOException e) {
                // The views are being moved: what was there before will do.
                return paths;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return paths;
    }

    private static List<String> paths(JsonNode list) {
        List<String> found = new ArrayList<>();
        for (JsonNode row : list.path("rows")) {
            found.add("/p/" + row.path("photo_id").asText());
            if (found.size() % PHOTOS_A_USER == 0) {
                found.add("/u/" + row.path("username").asText());
            }
        }
        return found;
    }

    @Override
    public long changes() {
        return traffic.changes();
    }

    @Override
    public void pause() {
        traffic.pause();
    }

    @Override
    public void resume() {
        traffic.resume();
    }

    @Override
    public String report() {
        PurgeWatch.Figures figures = watch.figures();
        String text;
        try {
            Varnish.Hits hits = edge.cache.hits();
            hitsBefore.addLast(hits);
            Varnish.Hits now = hits.since(hitsBefore.getFirst());
            if (hitsBefore.size() > HITS_REPORTS) {
                hitsBefore.removeFirst();
            }
            text = String.format(
                    Locale.ROOT,
                    "pages: hits %2.0f %%, %3d purges/s, commit to purge p99 %4.0f ms, oldest stale page %4.0f ms",
                    now.ratio() * PERCENT,
                    figures.purges() - purgesBefore,
                    figures.latencyMs(0.99),
                    figures.oldestPendingMs().orElse(0));
        } catch (IOException e) {
            text = "pages: the cache does not say how it is";
        }
        purgesBefore = figures.purges();
        return text;
    }

    @Override
    public List<String> suggestions() {
        String photo = edge.url() + (paths().isEmpty() ? FIRST_PHOTO : paths().get(0));
        return List.of(
                "curl -i " + photo,
                "./millrace purge log",
                "./millrace purge explain " + URI.create(photo).getPath(),
                "curl -H 'Authorization: Bearer " + edge.pages.token("42", TOKEN_SECONDS) + "' " + edge.url() + "/me",
                "the pages: " + edge.url());
    }

    @Override
    public Map<String, Map<String, String>> status() {
        return Map.of("pages", Map.of("url", edge.url()));
    }

    @Override
    public void close() throws SQLException {
        readers.close();
        traffic.close();
        watch.close();
    }
}
