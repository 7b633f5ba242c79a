package io.millrace.ops.pages;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.millrace.serve.RowParameters;
import io.millrace.serve.ViewPath;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service's pages, for a cache in front of it: plain HTML of views' rows, which it asks for over HTTP, each with the tags that the
 * views gave them.
 *
 * <pre>
 * GET /p/PHOTO           a photo's page; how it is received is a fragment in it
 * GET /p/PHOTO/counts    that fragment
 * GET /u/USERNAME        a user's photos
 * GET /                  one of two variants, as the field Edge-Bucket says
 * GET /me                the page of the user whom the field Edge-User names, which nobody but the edge may set
 * GET /edge/token        whether the token in Authorization is good, for the edge
 * GET /assets/HASH/NAME  a file, for good
 * GET /health            whether it is up
 * </pre>
 */
public final class PageServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PageServer.class);
    private static final int THREADS = 32;
    private static final int PHOTOS = 1_000;
    private static final int HOME_SECONDS = 60;
    private static final int TOKEN_SECONDS = 60;
    private static final String VIEW = "photo_card";
    private static final String POSITION = "Millrace-Position";
    private static final String COUNTS = "counts/";
    private static final Pattern PHOTO = Pattern.compile("/p/([^/]+)(/counts)?");
    private static final Pattern USER = Pattern.compile("/u/([^/]+)");
    private static final String BEARER = "Bearer ";
    private static final String KEEP = "Millrace-Keep";
    /** Where the views do not say: five minutes, as the guide has it. */
    private static final int KEPT_SECONDS = 300;

    private final HttpServer server;
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    private final HttpClient client = HttpClient.newHttpClient();
    private final ObjectMapper json = new ObjectMapper();
    private final URI views;
    private final Assets assets;
    private final Html html;
    private final EdgeTokens tokens;
    private final LongAdder requests = new LongAdder();

    private PageServer(HttpServer server, URI views, Assets assets, EdgeTokens tokens) {
        this.server = server;
        this.views = views;
        this.assets = assets;
        this.html = new Html(assets);
        this.tokens = tokens;
    }

    /**
     * Starts a server on this machine's own address.
     *
     * @param port 0 takes a free one
     * @param views where views are served
     * @param files the folder of the files that pages refer to
     * @param secret by which tokens are signed
     */
    public static PageServer start(int port, URI views, Path files, byte[] secret) throws IOException {
        PageServer started = new PageServer(
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0),
                views,
                Assets.read(files),
                new EdgeTokens(secret, Clock.systemUTC()));
        started.server.createContext("/", started::handle);
        started.server.setExecutor(started.threads);
        started.server.start();
        return started;
    }

    /** Where it is. */
    public int port() {
        return server.getAddress().getPort();
    }

    /** How many pages and fragments it was asked for. */
    public long requests() {
        return requests.sum();
    }

    /** A token by which the edge knows a user. */
    public String token(String user, long seconds) {
        return tokens.issue(user, seconds);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            Page page;
            try {
                page = page(exchange);
            } catch (IOException | RuntimeException e) {
                LOG.warn("{} failed", exchange.getRequestURI(), e);
                page = Page.passing(503, html.missing("This cannot be shown now."))
                        .with("Retry-After", "1");
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                page = Page.passing(503, html.missing("This is being stopped."));
            }
            send(exchange, page);
        } catch (IOException e) {
            LOG.debug("a reader has gone", e);
        }
    }

    private Page page(HttpExchange exchange) throws IOException, InterruptedException {
        String path = exchange.getRequestURI().getRawPath();
        Headers asked = exchange.getRequestHeaders();
        if (!List.of("GET", "HEAD").contains(exchange.getRequestMethod())) {
            return Page.passing(405, html.missing("Pages are read with GET.")).with("Allow", "GET, HEAD");
        }
        if (path.equals("/health")) {
            return Page.passing(200, "up");
        }
        if (path.startsWith(Assets.FRONT)) {
            return assets.at(path).map(PageServer::asset).orElseGet(() -> nothing(path));
        }
        if (path.equals("/edge/token")) {
            return token(asked);
        }
        requests.increment();
        Matcher photo = PHOTO.matcher(path);
        if (photo.matches()) {
            return photo(
                    photo.group(1), photo.group(2) != null, String.valueOf(asked.getFirst("Surrogate-Capability")));
        }
        Matcher user = USER.matcher(path);
        if (user.matches()) {
            return user(user.group(1));
        }
        if (path.equals("/me")) {
            return Optional.ofNullable(asked.getFirst("Edge-User"))
                    .map(name -> Page.passing(200, html.own(name)))
                    .orElseGet(() -> Page.passing(401, html.missing("Sign in first.")));
        }
        return path.equals("/")
                ? Page.timed(html.home(asked.getFirst("Edge-Bucket")), HOME_SECONDS, "Vary", "Edge-Bucket")
                : nothing(path);
    }

    private Page nothing(String path) {
        return Page.passing(404, html.missing("There is nothing at " + path + "."));
    }

    private static Page asset(Assets.Asset asset) {
        return new Page(
                200, asset.mediaType(), asset.bytes(), "public, max-age=31536000, immutable", List.of(), List.of());
    }

    private Page token(Headers asked) {
        String authorization = asked.getFirst("Authorization");
        Optional<EdgeTokens.Holder> holder = authorization == null || !authorization.startsWith(BEARER)
                ? Optional.empty()
                : tokens.check(authorization.substring(BEARER.length()));
        return holder.map(each -> Page.timed("", (int) Math.min(TOKEN_SECONDS, each.remainingSeconds()))
                        .with("Edge-User", each.user()))
                .orElseGet(() -> Page.passing(401, ""));
    }

    /** A photo's page, or what of it changes more often than the rest. */
    private Page photo(String id, boolean counts, String capability) throws IOException, InterruptedException {
        HttpResponse<byte[]> answer = ask(ViewPath.FRONT + VIEW + "/" + id);
        if (answer.statusCode() == 404 || answer.statusCode() == 400) {
            return Page.tagged(
                    404,
                    html.missing("There is no such photo."),
                    tags(answer, tag -> isOfCounts(tag) == counts),
                    keptSeconds(answer));
        }
        JsonNode card = read(answer);
        if (counts) {
            return positioned(
                    Page.tagged(200, html.counts(card), tags(answer, PageServer::isOfCounts), keptSeconds(answer)),
                    answer);
        }
        String fragment = "/p/" + id + "/counts";
        Page page;
        if (capability.contains("ESI/1.0")) {
            page = Page.tagged(
                            200,
                            html.photo(card, "<esi:include src=\"" + fragment + "\"/>"),
                            tags(answer, tag -> !isOfCounts(tag)),
                            keptSeconds(answer))
                    .with("Surrogate-Control", "content=\"ESI/1.0\"");
        } else if (capability.contains("SSI/1.0")) {
            page = Page.tagged(
                    200,
                    html.photo(card, "<!--# include virtual=\"" + fragment + "\" -->"),
                    tags(answer, tag -> !isOfCounts(tag)),
                    keptSeconds(answer));
        } else {
            // Whoever cannot put a page together gets it whole, and has to forget it for either of its parts.
            page = Page.tagged(
                    200, html.photo(card, html.counts(card)), tags(answer, any -> true), keptSeconds(answer));
        }
        return positioned(page.with("Vary", "Surrogate-Capability"), answer);
    }

    private static boolean isOfCounts(String tag) {
        return tag.startsWith(COUNTS);
    }

    private Page user(String name) throws IOException, InterruptedException {
        String parameters = new RowParameters("username", null, null).encoded(PHOTOS, null);
        HttpResponse<byte[]> answer = ask(ViewPath.FRONT + VIEW + "/" + name + parameters);
        JsonNode cards = read(answer).path("rows");
        List<String> tags = tags(answer, tag -> !isOfCounts(tag));
        String username = cards.isEmpty() ? name : cards.get(0).path("username").asText();
        return Page.tagged(cards.isEmpty() ? 404 : 200, html.user(username, cards), tags, keptSeconds(answer));
    }

    private static Page positioned(Page page, HttpResponse<byte[]> answer) {
        return answer.headers()
                .firstValue(POSITION)
                .map(at -> page.with(POSITION, at))
                .orElse(page);
    }

    /** For how long caches may keep what is made of an answer, should a purge be lost: the longer the more popular it is. */
    private static int keptSeconds(HttpResponse<byte[]> answer) {
        return (int) answer.headers().firstValueAsLong(KEEP).orElse(KEPT_SECONDS);
    }

    private static List<String> tags(HttpResponse<byte[]> answer, Predicate<String> wanted) {
        return answer.headers()
                .firstValue("Surrogate-Key")
                .map(tags -> Arrays.stream(tags.split(" ", -1)).filter(wanted).toList())
                .orElse(List.of());
    }

    private HttpResponse<byte[]> ask(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(views.resolve(path)).build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private JsonNode read(HttpResponse<byte[]> answer) throws IOException {
        if (answer.statusCode() != 200) {
            throw new IOException("the views answered " + answer.statusCode());
        }
        return json.readTree(answer.body());
    }

    private static void send(HttpExchange exchange, Page page) throws IOException {
        Headers fields = exchange.getResponseHeaders();
        fields.set("Content-Type", page.mediaType());
        fields.set("Cache-Control", page.control());
        if (!page.tags().isEmpty()) {
            fields.set("Surrogate-Key", String.join(" ", page.tags()));
            fields.set("Cache-Tag", String.join(",", page.tags()));
        }
        for (int i = 0; i + 1 < page.fields().size(); i += 2) {
            fields.set(page.fields().get(i), page.fields().get(i + 1));
        }
        if (page.status() == 200) {
            String tag = '"' + Assets.hash(page.body()) + '"';
            fields.set("ETag", tag);
            if (tag.equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
                exchange.sendResponseHeaders(304, -1);
                return;
            }
        }
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(page.status(), head || page.body().length == 0 ? -1 : page.body().length);
        if (!head) {
            exchange.getResponseBody().write(page.body());
        }
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
