package io.millrace.sink.compare;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Rows of a table in MariaDB or MySQL, which computes the checksums, as {@link DatabaseRows} has PostgreSQL do. */
public final class MySqlRows implements ComparedRows {
    private static final int FETCHED_ROWS = 5_000;

    private final Connection connection;
    private final String table;
    private final List<String> texts;
    private final String keyDigest;
    private final String rowDigest;

    /**
     * A table's rows.
     *
     * @param connection not closed here
     * @param table its name as SQL writes it
     * @param columns the columns to compare, as SQL expressions of text in utf8mb4
     * @param key positions in {@code columns} of the key's
     */
    public MySqlRows(Connection connection, String table, List<String> columns, List<Integer> key) {
        this.connection = connection;
        this.table = table;
        this.texts = List.copyOf(columns);
        this.keyDigest = digest(key.stream().map(columns::get).toList());
        this.rowDigest = digest(columns);
    }

    /** Has a session write values as every other that was prepared does. */
    public static void prepare(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("SET SESSION sql_mode = '', time_zone = '+00:00'");
        }
    }

    /** A name in quotes. */
    public static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** NULL where the row is longer than the server makes texts: then it counts as one that differs. */
    private static String digest(List<String> texts) {
        return texts.stream()
                .map(text -> "COALESCE(CONCAT(CHAR_LENGTH(" + text + "), ':', " + text + "), '-')")
                .collect(Collectors.joining(", ", "MD5(CONVERT(CONCAT(", ") USING utf8mb4))"));
    }

    @Override
    public Map<String, Checksum> checksums(int digits, Collection<String> ranges) throws SQLException {
        String sql = "SELECT LEFT(k, " + digits + ") AS named, COUNT(*),"
                + " COALESCE(SUM(CAST(CONV(LEFT(r, 16), 16, -10) AS SIGNED)), 0)"
                + " FROM (SELECT " + keyDigest + " AS k, " + rowDigest + " AS r FROM " + table + ") d"
                + within(ranges) + " GROUP BY named";
        Map<String, Checksum> checksums = new HashMap<>();
        try (Statement statement = connection.createStatement();
                ResultSet found = statement.executeQuery(sql)) {
            while (found.next()) {
                checksums.put(
                        found.getString(1),
                        new Checksum(found.getLong(2), found.getBigDecimal(3).toBigIntegerExact()));
            }
        }
        return checksums;
    }

    @Override
    public List<ComparedRow> rows(Collection<String> ranges) throws SQLException {
        String values = IntStream.range(0, texts.size())
                .mapToObj(i -> texts.get(i) + " AS v" + i)
                .collect(Collectors.joining(", "));
        String sql =
                "SELECT * FROM (SELECT " + keyDigest + " AS k, " + values + " FROM " + table + ") d" + within(ranges);
        List<ComparedRow> rows = new ArrayList<>();
        try (Statement statement = connection.createStatement()) {
            statement.setFetchSize(FETCHED_ROWS);
            try (ResultSet found = statement.executeQuery(sql)) {
                while (found.next()) {
                    String[] row = new String[texts.size()];
                    for (int i = 0; i < row.length; i++) {
                        row[i] = found.getString(i + 2);
                    }
                    rows.add(ComparedRow.of(found.getString(1), row));
                }
            }
        }
        return rows;
    }

    /** The names are hexadecimal digits. */
    private static String within(Collection<String> ranges) {
        int length = ranges.iterator().next().length();
        return length == 0
                ? ""
                : ranges.stream().collect(Collectors.joining("', '", " WHERE LEFT(k, " + length + ") IN ('", "')"));
    }
}
