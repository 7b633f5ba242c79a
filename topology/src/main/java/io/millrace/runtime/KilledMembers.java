package io.millrace.runtime;

import java.util.Collection;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.MemberDescription;

/**
 * What an instance that was killed has left behind in a group.
 *
 * @param names its members' names: while the brokers hold them for alive, nobody gets their partitions
 * @param transactions its producers' ids: while their transactions are open, nobody reads on behind them
 */
record KilledMembers(Set<String> names, Set<String> transactions) {
    /** A thread's consumer, as Kafka Streams calls it where nobody has set client.id: with the application and the process. */
    private static final Pattern CLIENT = Pattern.compile("(.+)-StreamThread-(\\d{1,9})-consumer");

    /**
     * Finds an instance's members.
     *
     * @param group the group, which is the application's id
     * @param instance the front of the instance's names
     */
    static KilledMembers of(String group, String instance, Collection<MemberDescription> members) {
        Set<String> names = new TreeSet<>();
        Set<String> transactions = new TreeSet<>();
        for (MemberDescription member : members) {
            String name = member.groupInstanceId().orElse("");
            if (GroupMembers.isOf(instance, name)) {
                names.add(name);
                Matcher client = CLIENT.matcher(member.clientId());
                if (client.matches() && client.group(1).startsWith(group + "-")) {
                    transactions.add(client.group(1) + "-" + client.group(2));
                }
            }
        }
        return new KilledMembers(names, transactions);
    }
}
