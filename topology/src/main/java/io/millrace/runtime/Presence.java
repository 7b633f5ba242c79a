package io.millrace.runtime;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * By what the brokers know a process in one group. A process that is started again keeps its name there, but never has the same
 * members' ids.
 *
 * @param group the group, which is the application id of a generation, or of what runs beside these
 * @param members its members' ids, which brokers give
 * @param transactions its producers' transactional ids
 */
public record Presence(String group, Set<String> members, Set<String> transactions) {
    /** One line for all groups. */
    static String write(Collection<Presence> all) {
        return all.stream()
                .map(each ->
                        each.group + "|" + String.join(",", each.members) + "|" + String.join(",", each.transactions))
                .collect(Collectors.joining(" "));
    }

    /** Reads such a line; what is none says nothing. */
    public static List<Presence> read(String line) {
        List<Presence> all = new ArrayList<>();
        for (String group : line.split(" ", -1)) {
            String[] parts = group.split("\\|", -1);
            if (parts.length == 3) {
                all.add(new Presence(parts[0], ids(parts[1]), ids(parts[2])));
            }
        }
        return all;
    }

    private static Set<String> ids(String text) {
        Set<String> ids = new TreeSet<>(List.of(text.split(",", -1)));
        ids.remove("");
        return ids;
    }
}
