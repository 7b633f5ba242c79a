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
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A row of a page, written already. Instances send each other their shares of a page as such rows, so that whoever was
 * asked can merge them by their keys without reading what they hold.
 *
 * @param key its encoded key, which orders the rows of all instances
 * @param json its text
 * @param tags the tags by which caches forget what shows it, separated by spaces; null where caches cannot keep it
 */
record PageRow(byte[] key, byte[] json, String tags) {
    /** The media type of rows between instances. */
    static final String MEDIA_TYPE = "application/vnd.millrace.rows";

    private static final Comparator<PageRow> BY_KEY = (left, right) -> Arrays.compareUnsigned(left.key, right.key);

    private static final String SEPARATOR = " ";

    /** Between instances it stands for no tags at all, of which caches could not be told. */
    private static final String UNKNOWN = SEPARATOR;

    /**
     * The rows' bytes: of each its key's length, its key, its text's length, its text; and then of each its tags, which instances
     * of earlier versions neither write nor read.
     */
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
            for (PageRow row : rows) {
                byte[] tags = (row.tags == null ? UNKNOWN : row.tags).getBytes(StandardCharsets.US_ASCII);
                out.writeInt(tags.length);
                out.write(tags);
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
                rows.add(new PageRow(key, in.readNBytes(in.readInt()), null));
            }
            for (int i = 0; i < count && in.available() > 0; i++) {
                String tags = new String(in.readNBytes(in.readInt()), StandardCharsets.US_ASCII);
                PageRow row = rows.get(i);
                rows.set(i, new PageRow(row.key, row.json, tags.equals(UNKNOWN) ? null : tags));
            }
            return rows;
        } catch (IOException e) {
            throw NotReady.moving("another instance's rows came incomplete");
        }
    }

    /** Several instances' first rows, each in key order, merged: no more than the limit, and one more if there are more. */
    static List<PageRow> merge(List<List<PageRow>> shares, int limit) {
        if (shares.size() == 1) {
            return shares.get(0);
        }
        List<PageRow> rows = new ArrayList<>();
        shares.forEach(rows::addAll);
        rows.sort(BY_KEY);
        return rows.subList(0, Math.min(rows.size(), limit + 1));
    }

    /** A page of rows in key order, with a cursor if there are more of them than the limit. */
    static Answer page(List<PageRow> rows, int limit) {
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
        return Answer.ok(Answer.JSON, out.toByteArray());
    }

    /** The tags of all rows; null if caches cannot keep one of them. */
    static Set<String> tags(List<PageRow> rows) {
        Set<String> tags = new LinkedHashSet<>();
        for (PageRow row : rows) {
            if (row.tags == null) {
                return null;
            }
            if (!row.tags.isEmpty()) {
                Collections.addAll(tags, row.tags.split(SEPARATOR, -1));
            }
        }
        return tags;
    }
}
