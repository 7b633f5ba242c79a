package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import io.millrace.catalog.UserError;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import java.util.stream.Stream;

/**
 * Reads a test file: what it includes is in its place, what {@code skipif} and {@code onlyif} leave out is not there, and
 * nothing is there after {@code halt}.
 */
final class SltFile {
    /** What skipif and onlyif know this runner by: statements run on PostgreSQL and their views here. */
    private static final Set<String> NAMES = Set.of("millrace", "postgresql", "postgres");

    private static final String DEFAULT_CONNECTION = "default";
    private static final String RESULTS = "----";
    private static final int MAX_INCLUDES = 20;

    private final Path path;
    private final int depth;
    private final List<String> lines;
    private final List<SltRecord> records;
    private int next;
    private boolean skip;
    private String connection = DEFAULT_CONNECTION;
    private SortMode sort = SortMode.NOSORT;
    private int hashThreshold;

    private SltFile(Path path, List<String> lines, int depth, List<SltRecord> records) {
        this.path = path;
        this.lines = lines;
        this.depth = depth;
        this.records = records;
    }

    /**
     * Reads a file.
     *
     * @throws UserError the first line that is not understood, or a file that cannot be read
     */
    static List<SltRecord> read(Path path) {
        List<SltRecord> records = new ArrayList<>();
        open(path, 0, records).read();
        return records;
    }

    private static SltFile open(Path path, int depth, List<SltRecord> records) {
        try {
            List<String> lines =
                    Files.readString(path, StandardCharsets.UTF_8).lines().toList();
            return new SltFile(path, lines, depth, records);
        } catch (IOException e) {
            throw UserError.of(
                    UserError.Category.USAGE,
                    path + (Files.exists(path) ? " cannot be read: " + e.getMessage() : " does not exist"),
                    "name a test file in UTF-8");
        }
    }

    /** Reads all records; returns whether to go on after the file that included this one. */
    private boolean read() {
        while (next < lines.size()) {
            String line = lines.get(next++);
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] words = line.strip().split("\\s+");
            if (words[0].equals("halt")) {
                if (!skipped()) {
                    return false;
                }
            } else if (words[0].equals("include")) {
                if (!include(word(words, 1))) {
                    return false;
                }
            } else {
                record(words, line.strip());
            }
        }
        return true;
    }

    private void record(String[] words, String line) {
        switch (words[0]) {
            case "statement" -> statement(words, line);
            case "query" -> query(words, line);
            case "skipif" -> skip |= NAMES.contains(word(words, 1).toLowerCase(Locale.ROOT));
            case "onlyif" -> skip |= !NAMES.contains(word(words, 1).toLowerCase(Locale.ROOT));
            case "connection" -> connection = word(words, 1);
            case "hash-threshold" -> hashThreshold = (int) number(word(words, 1));
            case "control" -> control(words);
            case "sleep", "subtest" -> {}
            case "system" -> {
                SourcePlace place = place();
                block();
                if (!skipped()) {
                    records.add(new SltRecord.Refused(place, "system commands are not run"));
                }
            }
            default ->
                throw mistake("unknown record \"" + words[0] + "\"", "here could stand: statement, query, include");
        }
    }

    private void control(String[] words) {
        switch (word(words, 1)) {
            case "sortmode" -> sort = sortMode(word(words, 2));
            // Rows and single values are told apart by their number.
            case "resultmode" -> {}
            case "substitution" -> {
                if (word(words, 2).equals("on")) {
                    records.add(new SltRecord.Refused(place(), "variables are not substituted"));
                }
            }
            default -> throw mistake("unknown control \"" + words[1] + "\"", "here could stand: sortmode");
        }
    }

    private boolean include(String glob) {
        if (depth >= MAX_INCLUDES) {
            throw mistake("files include one another more than " + MAX_INCLUDES + " deep", null);
        }
        if (skipped()) {
            return true;
        }
        List<Path> included = matching(glob);
        if (included.isEmpty()) {
            throw mistake("no file is named " + glob, "names are relative to the file that includes");
        }
        for (Path each : included) {
            SltFile file = open(each, depth + 1, records);
            file.sort = sort;
            file.hashThreshold = hashThreshold;
            if (!file.read()) {
                return false;
            }
        }
        return true;
    }

    private List<Path> matching(String glob) {
        Path parent = path.toAbsolutePath().getParent();
        Path folder = path.getParent() == null ? Path.of("") : path.getParent();
        PathMatcher matcher = FileSystems.getDefault()
                .getPathMatcher("glob:" + parent.resolve(glob).normalize());
        Path start = parent.resolve(glob.replaceFirst("[^/]*[*?\\[{].*", "")).normalize();
        if (Files.notExists(start)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(start)) {
            return files.filter(file -> matcher.matches(file) && Files.isRegularFile(file))
                    .sorted()
                    .map(file -> folder.resolve(parent.relativize(file)))
                    .toList();
        } catch (IOException e) {
            throw mistake("cannot look for " + glob + ": " + e.getMessage(), null);
        }
    }

    private void statement(String[] words, String line) {
        SourcePlace place = place();
        String kind = word(words, 1);
        OptionalLong count = OptionalLong.empty();
        ExpectedError error = null;
        switch (kind) {
            case "ok" -> {}
            case "count" -> count = OptionalLong.of(number(word(words, 2)));
            case "error" -> error = error(line);
            default -> throw mistake("unknown expectation \"" + kind + "\"", "here could stand: ok, error, count");
        }
        int sqlLine = next + 1;
        String sql = block();
        if (ended(RESULTS)) {
            if (error == null) {
                throw mistake("a statement has no results", "write query where rows are expected");
            }
            error = errorText();
        }
        if (!skipped()) {
            records.add(new SltRecord.Statement(place, connection, sql, sqlLine, count, error));
        }
        connection = DEFAULT_CONNECTION;
    }

    private void query(String[] words, String line) {
        SourcePlace place = place();
        boolean fails = words.length > 1 && words[1].equals("error");
        ExpectedError error = fails ? error(line) : null;
        SortMode order = sort;
        String label = null;
        for (int i = 2; i < words.length && !fails && !words[i].equals("retry"); i++) {
            if (i == 2 && isSortMode(words[i])) {
                order = sortMode(words[i]);
            } else {
                label = words[i];
            }
        }
        String sql = block();
        List<String> results = null;
        if (ended(RESULTS)) {
            if (fails) {
                error = errorText();
            } else {
                results = rest();
            }
        }
        if (!skipped()) {
            String types = fails || words.length < 2 ? "" : words[1];
            records.add(
                    new SltRecord.Query(place, connection, sql, types, order, label, results, error, hashThreshold));
        }
        connection = DEFAULT_CONNECTION;
    }

    /** The lines up to a blank one or the results. */
    private String block() {
        List<String> block = new ArrayList<>();
        while (next < lines.size()
                && !lines.get(next).isBlank()
                && !lines.get(next).equals(RESULTS)) {
            block.add(lines.get(next++));
        }
        if (block.isEmpty()) {
            throw mistake("the statement is missing", "it stands on the lines below, without a blank line between");
        }
        return String.join("\n", block);
    }

    private boolean ended(String mark) {
        if (next < lines.size() && lines.get(next).equals(mark)) {
            next++;
            return true;
        }
        return false;
    }

    private List<String> rest() {
        List<String> rest = new ArrayList<>();
        while (next < lines.size() && !lines.get(next).isBlank()) {
            rest.add(lines.get(next++));
        }
        return rest;
    }

    private ExpectedError error(String line) {
        String pattern = line.replaceFirst("\\S+\\s+error\\s*", "");
        try {
            return pattern.isEmpty() ? new ExpectedError.Any() : new ExpectedError.Matching(Pattern.compile(pattern));
        } catch (PatternSyntaxException e) {
            throw mistake("not a regular expression: " + e.getDescription(), "escape signs with a backslash");
        }
    }

    /** Text below the results' mark: it ends before two blank lines. */
    private ExpectedError errorText() {
        List<String> text = new ArrayList<>();
        while (next < lines.size()) {
            String line = lines.get(next++);
            boolean last = next == lines.size() || lines.get(next).isBlank();
            if (line.isBlank() && last) {
                break;
            }
            text.add(line);
        }
        return new ExpectedError.Containing(String.join("\n", text));
    }

    private boolean skipped() {
        boolean skipped = skip;
        skip = false;
        return skipped;
    }

    private static boolean isSortMode(String word) {
        return Stream.of(SortMode.values())
                .anyMatch(mode -> mode.name().toLowerCase(Locale.ROOT).equals(word));
    }

    private SortMode sortMode(String word) {
        if (!isSortMode(word)) {
            throw mistake("unknown order \"" + word + "\"", "here could stand: nosort, rowsort, valuesort");
        }
        return SortMode.valueOf(word.toUpperCase(Locale.ROOT));
    }

    private String word(String[] words, int index) {
        if (index >= words.length) {
            throw mistake("the line ends too early", null);
        }
        return words[index];
    }

    private long number(String word) {
        try {
            return Integer.parseInt(word);
        } catch (NumberFormatException e) {
            throw mistake("not a number: " + word, null);
        }
    }

    private SourcePlace place() {
        return new SourcePlace(path.toString(), next, 0);
    }

    private UserError mistake(String message, String hint) {
        return new UserError(UserError.Category.USAGE, place(), message, hint);
    }
}
