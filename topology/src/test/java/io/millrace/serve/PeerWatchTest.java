package io.millrace.serve;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.runtime.Presence;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An instance that was killed is told from one that leaves and from a connection that breaks. */
final class PeerWatchTest {
    private static final String HEAD =
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n";
    private static final Duration LONG_ENOUGH_TO_BE_WRONG = Duration.ofMillis(1_200);

    private final List<String> killed = new CopyOnWriteArrayList<>();
    /** Whether the other's connection to this one has ended, too. */
    private volatile boolean gone = true;

    private PeerWatch watch;

    @AfterEach
    void stop() {
        watch.close();
    }

    private void watch(String address) {
        watch = PeerWatch.start(
                "own",
                () -> List.of(address),
                instance -> gone,
                each -> killed.add(each.name() + " at " + each.address() + " " + each.left()));
    }

    /** What a process is to others: a port, and lifelines that end when it is killed. */
    private static final class Peer implements AutoCloseable {
        private final ServerSocket port = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final List<Socket> connections = new CopyOnWriteArrayList<>();
        private final AtomicInteger lifelines = new AtomicInteger();

        Peer() throws IOException {
            Thread thread = new Thread(this::accept, "peer");
            thread.setDaemon(true);
            thread.start();
        }

        private void accept() {
            while (!port.isClosed()) {
                acceptOne();
            }
        }

        private void acceptOne() {
            try {
                Socket socket = port.accept();
                connections.add(socket);
                answer(socket);
            } catch (IOException e) {
                // It was only looked whether somebody is there, or this is the end.
                return;
            }
        }

        private void answer(Socket socket) throws IOException {
            BufferedReader request =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
            String first = request.readLine();
            if (first != null) {
                assertThat(first).startsWith("GET " + Lifelines.PATH + " ");
                write(socket, HEAD);
                say(socket, Lifelines.INSTANCE + "abc");
                say(socket, Lifelines.PRESENCE + "shop|id-1|shop-1");
                lifelines.incrementAndGet();
            }
        }

        private static void say(Socket socket, String line) throws IOException {
            write(socket, Integer.toHexString(line.length() + 1) + "\r\n" + line + "\n\r\n");
        }

        private static void write(Socket socket, String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
        }

        void breakConnections() throws IOException {
            for (Socket each : connections) {
                each.close();
            }
            connections.clear();
        }

        String address() {
            return "127.0.0.1:" + port.getLocalPort();
        }

        void kill() throws IOException {
            port.close();
            breakConnections();
        }

        @Override
        public void close() throws IOException {
            kill();
        }
    }

    private static void await(Peer peer, int lifelines) {
        Awaitility.await().until(() -> peer.lifelines.get() == lifelines);
    }

    @Test
    void aKilledOneIsToldOnce() throws Exception {
        try (Peer peer = new Peer()) {
            watch(peer.address());
            await(peer, 1);
            peer.kill();
            Awaitility.await()
                    .pollInterval(Duration.ofMillis(5))
                    .atMost(Duration.ofSeconds(1))
                    .until(() -> !killed.isEmpty());
            Thread.sleep(LONG_ENOUGH_TO_BE_WRONG.toMillis());
            assertThat(killed)
                    .containsExactly("abc at " + peer.address() + " "
                            + List.of(new Presence("shop", Set.of("id-1"), Set.of("shop-1"))));
        }
    }

    @Test
    void oneThatStillHoldsItsConnectionToThisOneLives() throws Exception {
        gone = false;
        try (Peer peer = new Peer()) {
            watch(peer.address());
            await(peer, 1);
            Awaitility.await().until(() -> watch.watched() == 1 && watch.known() == 1);
            peer.kill();
            Thread.sleep(LONG_ENOUGH_TO_BE_WRONG.toMillis());
            assertThat(killed).isEmpty();
        }
    }

    private static Socket ask(ServedViews views, String asker) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), views.server.port());
        String request = "GET " + Lifelines.PATH + " HTTP/1.1\r\nHost: it\r\n" + Peers.PARTITIONS + ": own\r\n"
                + Lifelines.ASKER + ": " + asker + "\r\n\r\n";
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        return socket;
    }

    @Test
    void oneThatEndsItsConnectionAndMakesNoOtherIsGone() throws Exception {
        watch("127.0.0.1:1");
        try (ServedViews views = new ServedViews()) {
            Socket before = ask(views, "abc");
            Socket socket = ask(views, "abc");
            Awaitility.await().until(() -> views.server.lifelines() == 1);
            before.close();
            for (int i = 0; i < 4; i++) {
                assertThat(views.server.isGone("abc")).isFalse();
                Thread.sleep(20);
            }
            assertThat(views.server.isGone("another")).isFalse();
            socket.close();
            Awaitility.await().atMost(Duration.ofSeconds(1)).until(() -> views.server.isGone("abc"));
            Socket again = ask(views, "abc");
            assertThat(views.server.isGone("abc")).isFalse();
            again.close();
        }
    }

    @Test
    void oneWhosePortIsStillThereIsWatchedAgain() throws Exception {
        try (Peer peer = new Peer()) {
            watch(peer.address());
            await(peer, 1);
            peer.breakConnections();
            await(peer, 2);
            assertThat(killed).isEmpty();
        }
    }

    @Test
    void oneThatLeavesByItsOwnWillIsNotTaken() throws Exception {
        ServedViews views = new ServedViews();
        watch(views.address());
        Awaitility.await().until(() -> views.server.lifelines() == 1 && watch.watched() == 1);
        views.close();
        Thread.sleep(LONG_ENOUGH_TO_BE_WRONG.toMillis());
        assertThat(killed).isEmpty();
    }

    @Test
    void oneThatSaysNothingIsNotKnownToBeDead() throws Exception {
        ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        assertThat(PeerWatch.isThereNobody("127.0.0.1:" + silent.getLocalPort(), 1))
                .isFalse();
        silent.close();
        assertThat(PeerWatch.isThereNobody("127.0.0.1:" + silent.getLocalPort(), 3))
                .isTrue();
        assertThat(PeerWatch.isThereNobody("no-such-host.invalid:80", 1)).isFalse();
        watch("127.0.0.1:" + silent.getLocalPort());
    }
}
