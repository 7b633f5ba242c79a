package io.millrace.runtime;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntPredicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.MemberDescription;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is in the group of a generation. A member's name says of which revision it is; members of two revisions, which have
 * different topologies, must not meet. Used by one thread.
 */
final class GroupMembers {
    private static final Logger LOG = LoggerFactory.getLogger(GroupMembers.class);
    private static final long REQUEST_TIMEOUT_MS = 30_000;
    private static final long LOG_INTERVAL_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final Pattern NAME = Pattern.compile(".+-r(\\d{1,9})-\\d+");

    private final Admin admin;
    private final String instance;
    private long nextLogNanos = System.nanoTime();

    /**
     * Looks at groups.
     *
     * @param instance the front of this instance's members' names
     */
    GroupMembers(Admin admin, String instance) {
        this.admin = admin;
        this.instance = instance;
    }

    /** The front of the name of an instance's members that run a revision; Kafka Streams appends each thread's number. */
    static String name(String instance, int revision) {
        return instance + "-r" + revision;
    }

    /** Whether a member's name is one of that instance. */
    static boolean isOf(String instance, String name) {
        return !instance.isEmpty() && name.startsWith(instance + "-r");
    }

    /**
     * Whether the group has only members of that revision. Members of others that an earlier life of this instance left behind
     * are sent away.
     */
    boolean areOnlyOf(String group, int revision) {
        return areOnly(group, other -> other == revision);
    }

    /** Whether the group has no members; those that an earlier life of this instance left behind are sent away. */
    boolean areNone(String group) {
        return areOnly(group, other -> false);
    }

    private boolean areOnly(String group, IntPredicate belongs) {
        List<String> others = members(admin, group).stream()
                .map(member -> member.groupInstanceId().orElse(member.consumerId()))
                .filter(name -> !belongs.test(revision(name)))
                .toList();
        Set<MemberToRemove> own = others.stream()
                .filter(name -> name.startsWith(instance))
                .map(MemberToRemove::new)
                .collect(Collectors.toSet());
        if (!own.isEmpty()) {
            get(admin.removeMembersFromConsumerGroup(group, new RemoveMembersFromConsumerGroupOptions(own))
                    .all());
        }
        if (others.size() > own.size() && System.nanoTime() - nextLogNanos >= 0) {
            LOG.info("waiting for members of group {} to follow: {}", group, others);
            nextLogNanos = System.nanoTime() + LOG_INTERVAL_NANOS;
        }
        return others.isEmpty();
    }

    private static int revision(String member) {
        Matcher name = NAME.matcher(member);
        return name.matches() ? Integer.parseInt(name.group(1)) : 1;
    }

    /** Who is in a group. */
    private static Collection<MemberDescription> members(Admin admin, String group) {
        try {
            return describe(admin, group, REQUEST_TIMEOUT_MS).members();
        } catch (GroupIdNotFoundException e) {
            return List.of();
        }
    }

    /** How a group is, if the brokers say so in time. @throws GroupIdNotFoundException where there is none */
    static ConsumerGroupDescription describe(Admin admin, String group, long patienceMs) {
        try {
            return admin.describeConsumerGroups(List.of(group))
                    .describedGroups()
                    .get(group)
                    .get(patienceMs, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof GroupIdNotFoundException unknown) {
                throw unknown;
            }
            throw new KafkaException("the members of group " + group + " are not known", e.getCause());
        } catch (TimeoutException e) {
            throw new KafkaException("the members of group " + group + " are not known", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }

    private static <T> void get(org.apache.kafka.common.KafkaFuture<T> future) {
        try {
            future.get(REQUEST_TIMEOUT_MS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("members could not be sent away; they go when their session ends", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new org.apache.kafka.common.errors.InterruptException(e);
        }
    }
}
