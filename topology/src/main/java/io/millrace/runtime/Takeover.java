package io.millrace.runtime;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.FenceProducersOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupResult;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.UnknownMemberIdException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Clears away what an instance that was killed has left behind, for which brokers wait until it has been silent for long enough:
 * its members of a group, and its open transactions. Several instances may do so at the same time. Thread-safe.
 */
final class Takeover {
    private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

    /**
     * After this, from the notice on, nothing is done any more: the brokers know members and producers to be sent away by names
     * that a process has again when it is started again, which takes longer.
     */
    private static final long PATIENCE_NANOS = TimeUnit.MILLISECONDS.toNanos(1_500);

    private static final long ALL_PATIENCE_MS = 5_000;

    private final Admin admin;
    private final KilledInstance killed;

    Takeover(Admin admin, KilledInstance killed) {
        this.admin = admin;
        this.killed = killed;
    }

    /** Takes over in all groups at the same time, as there is little of it; returns when that is done or this thread is interrupted. */
    static void atOnce(List<Presence> groups, Consumer<Presence> takeOver) {
        if (groups.isEmpty()) {
            return;
        }
        ExecutorService threads = Executors.newFixedThreadPool(groups.size(), task -> {
            Thread thread = new Thread(task, "takeover");
            thread.setDaemon(true);
            return thread;
        });
        try {
            groups.forEach(each -> threads.execute(() -> takeOver.accept(each)));
            threads.shutdown();
            boolean unused = threads.awaitTermination(ALL_PATIENCE_MS, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            threads.shutdownNow();
        }
    }

    /**
     * Sends the process's members out of a group, and has its transactions aborted.
     *
     * @return whether the group's other members are to join it again, because it has lost these and has not come to rest since
     */
    boolean from(Presence left) throws TimeoutException {
        ConsumerGroupDescription group = GroupMembers.describe(admin, left.group(), leftMs());
        KilledMembers members = KilledMembers.of(left, killed.name(), group.members());
        if (members.another() || !killed.gone().getAsBoolean()) {
            LOG.info("group {}: instance {} is there again, and keeps what it has", left.group(), killed.name());
            return false;
        }
        Set<String> transactions = left.transactions().stream()
                .filter(id -> id.startsWith(left.group() + "-"))
                .collect(Collectors.toSet());
        // Also where another instance was faster to send the members away: it may have been killed before this.
        KafkaFuture<Void> aborted = admin.fenceProducers(transactions, new FenceProducersOptions().timeoutMs(leftMs()))
                .all();
        boolean rejoin = members.names().isEmpty()
                ? group.groupState() == GroupState.PREPARING_REBALANCE
                : sendAway(left.group(), members.names());
        awaitAborted(left.group(), transactions, aborted);
        return rejoin;
    }

    private int leftMs() throws TimeoutException {
        long left = TimeUnit.NANOSECONDS.toMillis(killed.noticedNanos() + PATIENCE_NANOS - System.nanoTime());
        if (left <= 0) {
            throw new TimeoutException("it took too long");
        }
        return (int) left;
    }

    private void awaitAborted(String group, Set<String> transactions, KafkaFuture<Void> aborted)
            throws TimeoutException {
        try {
            aborted.get(leftMs(), TimeUnit.MILLISECONDS);
            LOG.info("group {}: aborted the transactions of {}", group, transactions);
        } catch (ExecutionException e) {
            LOG.warn(
                    "group {}: the transactions of {} are open until their time is over: {}",
                    group,
                    transactions,
                    e.toString());
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    /** Whether all of them are gone. */
    private boolean sendAway(String group, Set<String> names) throws TimeoutException {
        Map<String, MemberToRemove> members =
                names.stream().collect(Collectors.toMap(name -> name, MemberToRemove::new));
        RemoveMembersFromConsumerGroupOptions removal =
                new RemoveMembersFromConsumerGroupOptions(Set.copyOf(members.values()));
        removal.timeoutMs(leftMs());
        removal.reason("its process was killed");
        RemoveMembersFromConsumerGroupResult result = admin.removeMembersFromConsumerGroup(group, removal);
        boolean gone = true;
        for (MemberToRemove member : members.values()) {
            gone &= isGone(group, member, result.memberResult(member));
        }
        return gone;
    }

    private boolean isGone(String group, MemberToRemove member, KafkaFuture<Void> removed) throws TimeoutException {
        try {
            removed.get(leftMs(), TimeUnit.MILLISECONDS);
            LOG.info("group {}: sent {} away", group, member.groupInstanceId());
            return true;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownMemberIdException) {
                // Another instance was faster.
                return true;
            }
            LOG.warn(
                    "group {}: {} is a member until the group misses it: {}",
                    group,
                    member.groupInstanceId(),
                    e.toString());
            return false;
        } catch (InterruptedException e) {
            throw interrupted(e);
        }
    }

    private static InterruptException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new InterruptException(e);
    }
}
