package io.millrace.cdn;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** An option of a sink of type cdn, declared once. */
public enum CdnOption {
    URLS(
            "",
            "",
            "Templates of the URLs of pages that show a row, in a list with commas: `/p/{photo_id}, /u/{username}`."),
    TAGS(
            "",
            "",
            "Templates of the tags (surrogate keys) of what shows a row, or a list that the row is in: `photo/{photo_id},"
                    + " user/{user_id}`."),
    ITEM_TAGS(
            "",
            "",
            "Templates of tags that only what shows the row itself carries; a row that comes or goes does not invalidate them."),
    COLUMNS(
            "",
            "",
            "Only changes of these columns count, and of those that templates name or an index of the view has; by default all of the view."),
    WINDOW_MS(
            "50",
            "[1-9]\\d{0,4}",
            "How long the first change of a target waits for others that then are one invalidation with it, in milliseconds."),
    HOT_CHANGES("20", "[1-9]\\d{0,5}", "So many changes of a target within a second make it hot."),
    HOT_INTERVAL_MS(
            "5000",
            "[1-9]\\d{0,6}",
            "A hot target is invalidated when it was quiet for ten windows, at the latest so many milliseconds after a change."),
    MASS_INTERVAL_MS(
            "60000",
            "[1-9]\\d{0,7}",
            "Rows of one change of the source that are very many are waited for, at the latest so many milliseconds after the first of them."),
    TTL_SECONDS(
            "300, 3600, 7200",
            "[1-9]\\d{0,7}(\\s*,\\s*[1-9]\\d{0,7})*",
            "For how long caches may keep a target: one that is not hot, one that is from `hot_changes` a second on, from ten times as many, and so on, each longer than the one before.");

    private final String defaultText;
    private final String accepted;
    private final String documentation;

    CdnOption(String defaultText, String accepted, String documentation) {
        this.defaultText = defaultText;
        this.accepted = accepted;
        this.documentation = documentation;
    }

    /** Its name in SQL. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What holds where it is not given; empty where that is nothing. */
    public String defaultText() {
        return defaultText;
    }

    /** What it means, for the reference. */
    public String documentation() {
        return documentation;
    }

    /** Whether it can have that value, as far as numbers go. */
    boolean accepts(String value) {
        return accepted.isEmpty() || value.strip().matches(accepted);
    }

    static Optional<CdnOption> labelled(String name) {
        return Arrays.stream(values()).filter(each -> each.label().equals(name)).findFirst();
    }

    static List<String> labels() {
        return Arrays.stream(values()).map(CdnOption::label).toList();
    }
}
