package io.millrace.runtime;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.MemberDescription;

/**
 * What an instance that was killed still has in a group.
 *
 * @param names its members' names: while the brokers hold them for alive, nobody gets their partitions
 * @param another whether it has members there that are not those of the killed process: it has been started again, or has joined
 *     again
 */
record KilledMembers(Set<String> names, boolean another) {
    /**
     * Finds an instance's members.
     *
     * @param left by what the brokers knew the process
     * @param instance the front of the instance's names
     */
    static KilledMembers of(Presence left, String instance, Collection<MemberDescription> members) {
        Set<String> names = new TreeSet<>();
        boolean another = false;
        for (MemberDescription member : members) {
            String name = member.groupInstanceId().orElse("");
            if (GroupMembers.isOf(instance, name)) {
                if (left.members().contains(member.consumerId())) {
                    names.add(name);
                } else {
                    another = true;
                }
            }
        }
        return new KilledMembers(names, another);
    }
}
