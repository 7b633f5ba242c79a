package io.millrace.serve;

import io.millrace.runtime.NotReady;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/**
 * A row of a page, written already. Instances send each other their shares of a page as such rows, so that whoever was
 * asked can merge them by their keys without reading what they hold.
 *
 * @param key its encoded key, which orders the rows of all instances
 * @param json its text
 */
record PageRow(byte[] key, byte[] json) {
    /** The media type of rows between instances. */
    static final String MEDIA_TYPE = "application/vnd.millrace.rows";

    private static final Comparator<PageRow> BY_KEY = (left, right) -> Arrays.compareUnsigned(left.key, right.key);

    /** The rows' bytes: of each its key's length, its key, its text's length, its text. */
    static byte[] encode(List<PageRow> rows) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(rows.size() * 128);
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeInt(rows.size());
            for (PageRow row : rows) {
                out.writeInt(row.key.length);
                out.write(row.key);
                out.writeInt(row.json.length);
                out.write(row.json);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("memory cannot fail to be written", e);
        }
        return bytes.toByteArray();
    }

    /** The rows that another instance sent. @throws NotReady if they are cut off */
    static List<PageRow> decode(byte[] sent) throws NotReady {
        try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(sent))) {
            int count = in.readInt();
            List<PageRow> rows = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                byte[] key = in.readNBytes(in.readInt());
                rows.add(new PageRow(key, in.readNBytes(in.readInt())));
            }
            return rows;
        } catch (IOException e) {
            throw NotReady.moving("another instance's rows came incomplete");
        }
    }

    /** A page of several instances' first rows, each in key order: its rows, and a cursor if there are more. */
    static Answer page(List<List<PageRow>> shares, int limit) {
        List<PageRow> rows = shares.get(0);
        if (shares.size() > 1) {
            rows = new ArrayList<>();
            shares.forEach(rows::addAll);
            rows.sort(BY_KEY);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(rows.size() * 128 + 64);
        out.writeBytes("{\"rows\":[".getBytes(StandardCharsets.US_ASCII));
        int shown = Math.min(limit, rows.size());
        for (int i = 0; i < shown; i++) {
            if (i > 0) {
                out.write(',');
            }
            out.writeBytes(rows.get(i).json);
        }
        String cursor = rows.size() <= limit
                ? "null"
                : '"' + Base64.getUrlEncoder().withoutPadding().encodeToString(rows.get(shown - 1).key) + '"';
        out.writeBytes(("],\"cursor\":" + cursor + "}").getBytes(StandardCharsets.US_ASCII));
        return new Answer(200, Answer.JSON, null, out.toByteArray());
    }
}
