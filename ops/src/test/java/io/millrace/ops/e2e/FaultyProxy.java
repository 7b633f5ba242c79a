package io.millrace.ops.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP proxy between a client and a server of this machine that does what networks do: it cuts, stalls, slows and refuses. */
public final class FaultyProxy implements AutoCloseable {
    private static final int CHUNK_BYTES = 4 << 10;
    private static final int SLOW_CHUNK_BYTES = 256;
    private static final int SLOW_PAUSE_MS = 3;
    private static final int BACKLOG = 50;

    private final ServerSocket listener;
    private final int serverPort;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Object changed = new Object();
    private Mode mode = Mode.PASS;
    private volatile boolean closed;

    /** What becomes of bytes. */
    enum Mode {
        PASS,
        /** They wait, in both directions, until the mode is another. */
        STALL,
        SLOW,
        /** A new connection ends at once; those that are open stay. */
        REFUSE
    }

    private FaultyProxy(ServerSocket listener, int serverPort) {
        this.listener = listener;
        this.serverPort = serverPort;
    }

    /** Starts a proxy for a server of this machine. */
    public static FaultyProxy start(int serverPort) throws IOException {
        return start(serverPort, 0);
    }

    /** Another one in the place of this one, which was closed. */
    public FaultyProxy startAgain() throws IOException {
        return start(serverPort, port());
    }

    private static FaultyProxy start(int serverPort, int port) throws IOException {
        FaultyProxy proxy =
                new FaultyProxy(new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress()), serverPort);
        daemon(proxy::accept);
        return proxy;
    }

    public int port() {
        return listener.getLocalPort();
    }

    void mode(Mode next) {
        synchronized (changed) {
            mode = next;
            changed.notifyAll();
        }
    }

    private Mode mode() {
        synchronized (changed) {
            return mode;
        }
    }

    /** Ends all connections without a word; bytes on their way are lost. */
    void cut() {
        open.forEach(FaultyProxy::reset);
        open.clear();
    }

    private void accept() {
        while (!closed) {
            acceptOne();
        }
    }

    private void acceptOne() {
        try {
            Socket client = listener.accept();
            if (mode() == Mode.REFUSE) {
                reset(client);
            } else {
                connect(client);
            }
        } catch (IOException e) {
            // The listener was closed, or the server is away: the next one may find it.
            return;
        }
    }

    private void connect(Socket client) throws IOException {
        Socket server;
        try {
            server = new Socket(InetAddress.getLoopbackAddress(), serverPort);
        } catch (IOException e) {
            reset(client);
            throw e;
        }
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        open.add(client);
        open.add(server);
        daemon(() -> pass(client, server));
        daemon(() -> pass(server, client));
    }

    private void pass(Socket from, Socket to) {
        byte[] bytes = new byte[CHUNK_BYTES];
        try {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            int count = in.read(bytes);
            while (count >= 0) {
                delay(count);
                out.write(bytes, 0, count);
                count = in.read(bytes);
            }
            to.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            reset(from);
            reset(to);
        }
        if (from.isClosed() || to.isClosed() || (from.isInputShutdown() && to.isInputShutdown())) {
            open.remove(from);
            open.remove(to);
        }
    }

    private void delay(int bytes) throws InterruptedException {
        synchronized (changed) {
            while (mode == Mode.STALL && !closed) {
                changed.wait();
            }
        }
        if (mode() == Mode.SLOW) {
            Thread.sleep(SLOW_PAUSE_MS * (1L + bytes / SLOW_CHUNK_BYTES));
        }
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            // It was closed before.
            return;
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "faulty-proxy");
        thread.setDaemon(true);
        thread.start();
    }

    @Override
    public void close() throws IOException {
        closed = true;
        mode(Mode.PASS);
        listener.close();
        cut();
    }
}
