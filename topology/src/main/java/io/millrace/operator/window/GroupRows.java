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
    private final List<Integer> places = new ArrayList<>();
    private final List<Integer> placeOfRows = new ArrayList<>();
    private byte[] lastPlace;

    /**
     * Adds the next row.
     *
     * @param place its place in the order; equal for peers
     */
    public void add(Row row, byte[] place) {
        if (!endsAt(place)) {
            places.add(rows.size());
        }
        placeOfRows.add(places.size() - 1);
        rows.add(row);
        lastPlace = place;
    }

    /** Whether the last row has that place. */
    public boolean endsAt(byte[] place) {
        return lastPlace != null && Arrays.equals(place, lastPlace);
    }

    /** In how many different places they are. */
    public int places() {
        return places.size();
    }

    /** How many they are. */
    public int size() {
        return rows.size();
    }

    /** A row. */
    public Row get(int row) {
        return rows.get(row);
    }

    /** Which of the places a row is in, from 0. */
    int placeOf(int row) {
        return placeOfRows.get(row);
    }

    /** The first row of a place; of one past the last the row after all. */
    int placeFrom(int place) {
        return place < places.size() ? places.get(place) : rows.size();
    }

    /** The first of a row's peers. */
    int peersFrom(int row) {
        return placeFrom(placeOf(row));
    }

    /** The row after the last of a row's peers; all rows must have been added. */
    int peersTo(int row) {
        return placeFrom(placeOf(row) + 1);
    }
}
