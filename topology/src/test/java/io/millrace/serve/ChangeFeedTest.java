package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The feed of a view's changes, read as a client reads it. */
final class ChangeFeedTest {
    private ServedViews views;

    @BeforeEach
    void start() {
        views = new ServedViews();
    }

    @AfterEach
    void stop() {
        views.close();
    }

    /** An open feed; {@link #next} is the next event as one line: its type, its data. */
    private static final class Feed implements AutoCloseable {
        final HttpResponse<InputStream> response;
        private final BufferedReader lines;
        String lastId;

        Feed(ServedViews views, String path, String lastEventId) throws Exception {
            HttpRequest.Builder request = HttpRequest.newBuilder(views.uri(path));
            if (lastEventId != null) {
                request.header("Last-Event-ID", lastEventId);
            }
            response = HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        String next() throws IOException {
            String kind = null;
            String data = null;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty() && kind != null) {
                    return kind + " " + data;
                }
                kind = line.startsWith("event: ") ? line.substring(7) : kind;
                data = line.startsWith("data: ") ? line.substring(6) : data;
                lastId = line.startsWith("id: ") ? line.substring(4) : lastId;
            }
            return null;
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    @Test
    void changesAreToldWithTheRowBeforeAndTheRowAfter() throws Exception {
        views.put("label", "earlier", "1");
        try (Feed feed = new Feed(views, "/v1/views/label/changes", null)) {
            assertThat(feed.response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            assertThat(feed.next()).isEqualTo("ready {}");
            views.put("label", "sea", "1");
            views.put("label", "sea", "2");
            views.store.remove(views.view("label"), MemoryViewStore.row(views.view("label"), "sea", "2"));
            String one = "{\"label\":\"sea\",\"n\":1}";
            String two = "{\"label\":\"sea\",\"n\":2}";
            assertThat(feed.next()).isEqualTo("insert {\"key\":{\"label\":\"sea\"},\"after\":" + one + "}");
            assertThat(feed.next())
                    .isEqualTo("update {\"key\":{\"label\":\"sea\"},\"before\":" + one + ",\"after\":" + two + "}");
            assertThat(feed.next()).isEqualTo("delete {\"key\":{\"label\":\"sea\"},\"before\":" + two + "}");
        }
    }

    @Test
    void aFeedOfAKeyTellsOnlyWhatBeginsWithIt() throws Exception {
        try (Feed feed = new Feed(views, "/v1/views/liked/changes?key=2", null)) {
            assertThat(feed.next()).isEqualTo("ready {}");
            views.put("liked", "1", "1");
            views.put("liked", "22", "1");
            views.put("liked", "2", "9");
            assertThat(feed.next()).contains("\"after\":{\"user_id\":2,\"photo_id\":9}");
        }
        assertThat(views.problem("/v1/views/liked/changes?key=x", 400)).contains("user_id", "bigint");
    }

    @Test
    void aReaderGoesOnAfterTheLastEventThatItGot() throws Exception {
        String id;
        try (Feed feed = new Feed(views, "/v1/views/label/changes", null)) {
            feed.next();
            views.put("label", "a", "1");
            feed.next();
            id = feed.lastId;
        }
        for (int i = 0; i < 50; i++) {
            views.put("label", "missed " + i, "1");
        }
        try (Feed feed = new Feed(views, "/v1/views/label/changes", id)) {
            for (int i = 0; i < 50; i++) {
                assertThat(feed.next()).contains("\"missed " + i + "\"");
            }
            assertThat(feed.next()).isEqualTo("ready {}");
            views.put("label", "present", "1");
            assertThat(feed.next()).contains("\"present\"");
        }
    }

    @Test
    void anIdThatNoEventHadIsRefused() throws Exception {
        for (String id : new String[] {"1.2", "a.b.c.d", "1.2.3.-4", ""}) {
            HttpResponse<String> response = views.get("/v1/views/label/changes", "Last-Event-ID", id);
            assertThat(response.statusCode()).as(id).isEqualTo(400);
        }
    }

    @Test
    void aReaderWhoDoesNotReadIsToldSoAndLetGo() throws Exception {
        String label = "x".repeat(10_000);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), views.server.port())) {
            socket.getOutputStream()
                    .write("GET /v1/views/thing/changes HTTP/1.1\r\nHost: x\r\n\r\n"
                            .getBytes(StandardCharsets.US_ASCII));
            await().until(() -> views.store.subscribers() == 1);
            // More than sockets hold, so that the queue of events fills up.
            for (int i = 0; i < 4_000; i++) {
                views.put("thing", Integer.toString(i), label, null, null, null, null, null);
            }
            BufferedReader lines =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            String last = "";
            int events = 0;
            for (String line = lines.readLine(); !line.equals("0"); line = lines.readLine()) {
                events += line.startsWith("event: insert") ? 1 : 0;
                last = line.startsWith("data: ") ? line : last;
            }
            assertThat(last).contains("\"reason\":\"more than 1000 changes waited");
            assertThat(events)
                    .isGreaterThanOrEqualTo(ChangeFeed.MAX_WAITING - 1)
                    .isLessThan(4_000);
        }
        await().until(() -> views.store.subscribers() == 0);
    }

    @Test
    void aReaderWhoLeavesIsForgotten() throws Exception {
        try (Feed feed = new Feed(views, "/v1/views/label/changes", null)) {
            feed.next();
            assertThat(views.store.subscribers()).isEqualTo(1);
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> views.store.subscribers() == 0);
    }

    @Test
    void aServerThatClosesSaysSo() throws Exception {
        try (Feed feed = new Feed(views, "/v1/views/label/changes", null)) {
            feed.next();
            views.server.close();
            assertThat(feed.next()).startsWith("end {\"reason\":\"the server is closing");
        }
    }
}
