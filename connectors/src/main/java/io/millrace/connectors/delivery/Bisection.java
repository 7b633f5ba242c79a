package io.millrace.connectors.delivery;

import io.millrace.connectors.delivery.DeadLetters.Refusal;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;

/**
 * Delivers a batch. If a record in it is at fault, the target may tell which; else the batch is halved, the first half before the
 * second, until that record stands alone; it is set aside and the rest is delivered. A batch of n records with one bad one costs
 * about 2 log2 n attempts then. While the {@link Breaker} is open nothing is set aside.
 */
public final class Bisection<R> {
    private final Target<R> target;
    private final DeadLetters deadLetters;
    private final Breaker breaker;

    public Bisection(Target<R> target, DeadLetters deadLetters, Breaker breaker) {
        this.target = target;
        this.deadLetters = deadLetters;
        this.breaker = breaker;
    }

    /**
     * Delivers a batch, in its order.
     *
     * @throws DeliveryFailure if a failure may pass; what was delivered before it stays delivered
     */
    public void deliver(List<R> batch) throws DeliveryFailure {
        if (breaker.isOpen() && !batch.isEmpty()) {
            probe(batch.get(0));
            apply(batch.subList(1, batch.size()));
        } else {
            apply(batch);
        }
    }

    /** Delivers one record while the breaker is open, which closes it, or leaves it open if the record is at fault. */
    public void probe(R received) throws DeliveryFailure {
        breaker.checkPause();
        if (target.rejection(received) != null) {
            throw breaker.stillOpen(target.rejection(received));
        }
        try {
            write(List.of(received));
        } catch (DataException e) {
            throw breaker.stillOpen(e);
        } catch (DeliveryFailure e) {
            throw e.kind() == FailureKind.RECORD ? breaker.stillOpen(e) : e;
        }
        breaker.close();
    }

    private void apply(List<R> batch) throws DeliveryFailure {
        List<Boolean> known = batch.stream().map(this::isToSetAside).toList();
        if (!known.contains(true)) {
            if (applyWhole(batch)) {
                breaker.passed((int) batch.stream()
                        .filter(received -> target.rejection(received) == null)
                        .count());
            }
            return;
        }
        int taken = breaker.take(known);
        applyWhole(batch.subList(0, taken));
        if (taken < batch.size()) {
            R held = batch.get(taken);
            throw breaker.open(RecordPosition.of(target.record(held)), target.rejection(held));
        }
    }

    /** Whether it is known to be bad, and is not in the dead letters since a batch that it was in was halved. */
    private boolean isToSetAside(R received) {
        return target.rejection(received) != null && !deadLetters.has(RecordPosition.of(target.record(received)));
    }

    /** Says whether it was written in one piece; else it was halved. */
    private boolean applyWhole(List<R> batch) throws DeliveryFailure {
        if (batch.isEmpty()) {
            return true;
        }
        try {
            deadLetters.report(batch.stream()
                    .filter(received -> target.rejection(received) != null)
                    .map(received -> new Refusal(target.record(received), target.rejection(received)))
                    .toList());
            write(batch);
            return true;
        } catch (DataException e) {
            divide(batch, e);
        } catch (DeliveryFailure e) {
            if (e.kind() != FailureKind.RECORD) {
                throw e;
            }
            divide(batch, e.reason());
        }
        return false;
    }

    private void write(List<R> batch) throws DeliveryFailure {
        try {
            target.write(batch);
        } catch (DeliveryFailure e) {
            if (e.kind() != FailureKind.TARGET) {
                throw e;
            }
            // Somebody may have altered it meanwhile: it is looked at anew, once.
            target.refresh();
            writeAgain(batch);
        }
    }

    private void writeAgain(List<R> batch) throws DeliveryFailure {
        try {
            target.write(batch);
        } catch (DeliveryFailure e) {
            if (e.kind() == FailureKind.TARGET) {
                throw new ConnectException("the target refuses the records: " + e.getMessage(), e);
            }
            throw e;
        }
    }

    private void divide(List<R> batch, Exception failure) throws DeliveryFailure {
        if (batch.size() > 1) {
            Optional<List<R>> sifted = target.sift(batch);
            if (sifted.isPresent()) {
                apply(sifted.get());
                return;
            }
            int half = batch.size() / 2;
            apply(batch.subList(0, half));
            apply(batch.subList(half, batch.size()));
            return;
        }
        R bad = batch.get(0);
        RecordPosition position = RecordPosition.of(target.record(bad));
        if (!deadLetters.has(position) && !breaker.admit()) {
            throw breaker.open(position, failure);
        }
        deadLetters.report(List.of(new Refusal(target.record(bad), failure)));
        target.skip(bad);
    }
}
