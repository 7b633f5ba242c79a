package io.millrace.connectors.delivery;

import io.millrace.connectors.delivery.DeadLetters.Refusal;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
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
            apply(batch.subList(1, batch.size()), new HashSet<>(), true);
        } else {
            apply(batch, new HashSet<>(), true);
        }
    }

    /**
     * Delivers a batch in which nothing is at fault. It sets nothing aside, so that another thread than the task's may do it:
     * Connect's reporter of dead letters is for that one alone.
     *
     * @return whether it is delivered; else nothing of it is, as something is at fault or the breaker is open
     */
    public boolean deliverWhole(List<R> batch) throws DeliveryFailure {
        if (breaker.isOpen() || batch.stream().anyMatch(received -> target.rejection(received) != null)) {
            return false;
        }
        try {
            write(batch);
        } catch (DataException e) {
            return false;
        } catch (DeliveryFailure e) {
            if (e.kind() != FailureKind.RECORD) {
                throw e;
            }
            return false;
        }
        breaker.passed(batch.size());
        return true;
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

    /**
     * Delivers records, or sets them aside.
     *
     * @param counted those that the breaker has counted, each once unless it turns out to be bad later
     * @param sifts whether the target is asked which are at fault before they are halved
     */
    private void apply(List<R> batch, Set<RecordPosition> counted, boolean sifts) throws DeliveryFailure {
        List<R> uncounted = counted.isEmpty()
                ? batch
                : batch.stream()
                        .filter(received -> isToSetAside(received) || !counted.contains(position(received)))
                        .toList();
        List<Boolean> known = uncounted.stream().map(this::isToSetAside).toList();
        if (!known.contains(true)) {
            if (applyWhole(batch, counted, sifts)) {
                // They are not delivered again, so that nobody asks whether they were counted.
                breaker.passed((int) uncounted.stream()
                        .filter(received -> target.rejection(received) == null)
                        .count());
            }
            return;
        }
        int taken = breaker.take(known);
        uncounted.subList(0, taken).forEach(received -> counted.add(position(received)));
        R held = taken < uncounted.size() ? uncounted.get(taken) : null;
        applyWhole(held == null ? batch : batch.subList(0, batch.indexOf(held)), counted, sifts);
        if (held != null) {
            throw breaker.open(position(held), target.rejection(held));
        }
    }

    private RecordPosition position(R received) {
        return RecordPosition.of(target.record(received));
    }

    /** Whether it is known to be bad, and is not in the dead letters since a batch that it was in was halved. */
    private boolean isToSetAside(R received) {
        return target.rejection(received) != null && !deadLetters.has(position(received));
    }

    /** Says whether it was written in one piece; else it was halved. */
    private boolean applyWhole(List<R> batch, Set<RecordPosition> counted, boolean sifts) throws DeliveryFailure {
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
            divide(batch, e, counted, sifts);
        } catch (DeliveryFailure e) {
            if (e.kind() != FailureKind.RECORD) {
                throw e;
            }
            divide(batch, e.reason(), counted, sifts);
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

    private void divide(List<R> batch, Exception failure, Set<RecordPosition> counted, boolean sifts)
            throws DeliveryFailure {
        if (batch.size() > 1) {
            // Once for the same records: one key's may be found one after the other, which halving ends sooner.
            Optional<List<R>> sifted = sifts ? target.sift(batch) : Optional.empty();
            if (sifted.isPresent()) {
                apply(sifted.get(), counted, false);
                return;
            }
            int half = batch.size() / 2;
            apply(batch.subList(0, half), counted, true);
            apply(batch.subList(half, batch.size()), counted, true);
            return;
        }
        R bad = batch.get(0);
        if (!deadLetters.has(position(bad)) && !breaker.admit()) {
            throw breaker.open(position(bad), failure);
        }
        deadLetters.report(List.of(new Refusal(target.record(bad), failure)));
        target.skip(bad);
    }
}
