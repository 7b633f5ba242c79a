package io.millrace.operator.window;

import io.millrace.row.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of one group in their order, each copy by itself, numbered from 0. Peers are rows that the order does not tell
 * apart. Filled once, then read; used by one thread.
 */
public final class GroupRows {
    private final List<Row> rows = new ArrayList<>();
    private final List<Integer> firstPeers = new ArrayList<>();
    private byte[] lastPlace;
    private int places;
    private int[] peersEnds;

    /**
     * Adds the next row.
     *
     * @param place its place in the order; equal for peers
     */
    public void add(Row row, byte[] place) {
        boolean peer = endsAt(place);
        firstPeers.add(peer ? firstPeers.get(rows.size() - 1) : rows.size());
        places += peer ? 0 : 1;
        rows.add(row);
        lastPlace = place;
    }

    /** Whether the last row has that place. */
    public boolean endsAt(byte[] place) {
        return lastPlace != null && Arrays.equals(place, lastPlace);
    }

    /** In how many different places they are. */
    public int places() {
        return places;
    }

    /** How many they are. */
    public int size() {
        return rows.size();
    }

    /** A row. */
    public Row get(int row) {
        return rows.get(row);
    }

    /** The first of a row's peers. */
    int peersFrom(int row) {
        return firstPeers.get(row);
    }

    /** The row after the last of a row's peers; all rows must have been added. */
    int peersTo(int row) {
        if (peersEnds == null) {
            peersEnds = new int[rows.size()];
            int end = rows.size();
            for (int i = rows.size() - 1; i >= 0; i--) {
                peersEnds[i] = end;
                end = firstPeers.get(i) == i ? i : end;
            }
        }
        return peersEnds[row];
    }
}
