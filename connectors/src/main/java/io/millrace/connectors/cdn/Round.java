package io.millrace.connectors.cdn;

import io.millrace.connectors.cdn.ServerState.Leave;
import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.http.RefusedForNow;
import java.io.IOException;
import java.net.http.HttpConnectTimeoutException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.apache.kafka.connect.errors.ConnectException;

/** A request to those servers of a cache at once that have not confirmed it. Used by one thread. */
final class Round {
    private final List<Purging> batch;
    private final List<ServerState> all;
    /** The numbers of those that have not confirmed. */
    private final List<Integer> asked;

    private final Map<ServerState, Leave> leaves = new HashMap<>();
    private final List<Failed> failed = new ArrayList<>();

    /** Asks a server. */
    private interface Asking {
        OptionalLong purge() throws DeliveryFailure;
    }

    /** A server's failure with a request, and whether the server is away by now. */
    record Failed(ServerState state, DeliveryFailure failure, boolean away) {}

    /** What makes requests, and what counts what they have removed. */
    record Asker(Provider provider, ExecutorService threads, CdnMetrics metrics) {}

    /**
     * A round.
     *
     * @param batch of one way
     * @param all the cache's servers
     */
    Round(List<Purging> batch, List<ServerState> all) {
        this.batch = batch;
        this.all = all;
        this.asked = IntStream.range(0, all.size())
                .filter(server -> !batch.stream().allMatch(purging -> purging.isConfirmedBy(all.get(server))))
                .boxed()
                .toList();
    }

    List<Purging> batch() {
        return batch;
    }

    /** How often the one of the purges was tried that was tried most. */
    int attempts() {
        return batch.stream().mapToInt(Purging::attempts).max().orElse(1);
    }

    /** Whether a server may not be asked yet. */
    boolean mustWait() {
        return asked.stream().anyMatch(server -> all.get(server).notBeforeNanos() - System.nanoTime() > 0);
    }

    /** Until all of the servers may be asked. */
    PutOff putOff() {
        long now = System.nanoTime();
        long nanos = asked.stream()
                .mapToLong(server -> all.get(server).notBeforeNanos() - now)
                .max()
                .orElseThrow();
        batch.forEach(purging -> purging.putOff(now + Math.max(1, nanos)));
        return new PutOff("the cache is away");
    }

    /** Throws what the purges have met, unless every server has confirmed. */
    void make(Asker asker, Provider.Batch request, FailureJudge judge) throws DeliveryFailure {
        try {
            for (int server : asked) {
                Leave leave = all.get(server).leave();
                leaves.put(all.get(server), leave);
                if (leave == Leave.NO) {
                    throw putOff();
                }
            }
            batch.forEach(Purging::attempt);
            ask(asker, request);
            if (!failed.isEmpty()) {
                throw judge.judged(this, request.targets(), failed);
            }
        } finally {
            leaves.forEach(ServerState::triedBy);
        }
    }

    private void ask(Asker asker, Provider.Batch request) {
        List<Future<OptionalLong>> answers = new ArrayList<>();
        long begunNanos = System.nanoTime();
        for (int server : asked.subList(1, asked.size())) {
            answers.add(asker.threads.submit(() -> asker.provider.purge(request, server)));
        }
        take(asked.get(0), () -> asker.provider.purge(request, asked.get(0)), asker, request, begunNanos);
        for (int i = 0; i < answers.size(); i++) {
            Future<OptionalLong> answer = answers.get(i);
            take(asked.get(i + 1), () -> result(answer), asker, request, begunNanos);
        }
    }

    private void take(int server, Asking answer, Asker asker, Provider.Batch request, long begunNanos) {
        ServerState state = all.get(server);
        try {
            OptionalLong gone = answer.purge();
            state.confirmed();
            gone.ifPresent(asker.metrics::removed);
            OptionalLong ofOne = request.targets().size() == 1 ? gone : OptionalLong.empty();
            batch.forEach(purging -> purging.confirmedBy(state, ofOne));
        } catch (DeliveryFailure e) {
            boolean away = isAway(e, state, request.targets().get(0), System.nanoTime() - begunNanos);
            failed.add(new Failed(state, e, away));
        }
    }

    /** Takes note of what a failure says of the server. */
    private boolean isAway(DeliveryFailure e, ServerState state, String target, long tookNanos) {
        if (e instanceof Unasked) {
            return false;
        }
        if (e.kind() != FailureKind.TRANSIENT || e instanceof DoubtfulRefusal) {
            state.answered();
            return false;
        }
        if (isOfServer(e)) {
            state.failed(leaves.get(state), e.pause().toNanos(), tookNanos);
            return true;
        }
        return state.failedWith(leaves.get(state), target, tookNanos);
    }

    /** Whether a failure that may pass is a server's: it cannot be reached, or asks to be left alone. */
    static boolean isOfServer(DeliveryFailure e) {
        if (e instanceof RefusedForNow) {
            return false;
        }
        return !(e.getCause() instanceof IOException)
                || e.getCause() instanceof java.net.ConnectException
                || e.getCause() instanceof HttpConnectTimeoutException;
    }

    private static OptionalLong result(Future<OptionalLong> answer) throws DeliveryFailure {
        try {
            return answer.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeliveryFailure(FailureKind.TRANSIENT, "interrupted", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DeliveryFailure failure) {
                throw failure;
            }
            throw new ConnectException("a request failed: " + e.getCause().getMessage(), e.getCause());
        }
    }
}
