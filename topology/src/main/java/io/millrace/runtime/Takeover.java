package io.millrace.runtime;

import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clears away what an instance that was killed has left behind, for which brokers wait until it has been silent for long enough:
 * its members of a group, and its open transactions. Several instances may do so at the same time. If it lives after all, its
 * producers are fenced, so that nothing is written twice, and it joins the group again. Thread-safe.
 */
final class Takeover {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

    /** Not longer: what is done late would strike an instance that has been started again by then. */
    private static final int PATIENCE_MS = 3_000;

    private final Admin admin;

    Takeover(Admin admin) {
        this.admin = admin;
    }

    /**
     * Sends an instance's members out of a group, and has its transactions aborted, which may go on after the return.
     *
     * @param instance the front of the instance's names
     */
    void from(String group, String instance) {
        KilledMembers killed = KilledMembers.of(group, instance, GroupMembers.members(admin, group, PATIENCE_MS));
        if (killed.names().isEmpty()) {
            // Another instance was faster.
            return;
        }
        if (!killed.transactions().isEmpty()) {
            abort(group, killed.transactions());
        }
        sendAway(group, killed.names());
    }

    private void abort(String group, Set<String> transactions) {
        KafkaFuture<Void> unused = admin.fenceProducers(
                        transactions, new FenceProducersOptions().timeoutMs(PATIENCE_MS))
                .all()
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        LOG.info("application {}: aborted the transactions of {}", group, transactions);
                    } else {
                        LOG.warn(
                                "application {}: the transactions of {} are open until their time is over: {}",
                                group,
                                transactions,
                                failure.toString());
                    }
                });
    }

    private void sendAway(String group, Set<String> names) {
        RemoveMembersFromConsumerGroupOptions removal = new RemoveMembersFromConsumerGroupOptions(
                names.stream().map(MemberToRemove::new).collect(Collectors.toSet()));
        removal.timeoutMs(PATIENCE_MS);
        removal.reason("its process was killed");
        try {
            admin.removeMembersFromConsumerGroup(group, removal).all().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
            LOG.info("application {}: sent {} out of the group", group, names);
        } catch (ExecutionException | TimeoutException e) {
            LOG.info(
                    "application {}: {} are in the group until it misses them, or another instance sent them out: {}",
                    group,
                    names,
                    e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptException(e);
        }
    }
}
