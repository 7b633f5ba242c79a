package io.millrace.ops.pages;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.cdn.Template;

/** The service's pages as HTML, of views' rows. */
final class Html {
    private final Assets assets;

    Html(Assets assets) {
        this.assets = assets;
    }

    /**
     * A photo's page.
     *
     * @param counts what stands where it is said how the photo is received: a fragment, or a reference to one
     */
    String photo(JsonNode card, String counts) {
        return page(
                text(card, "caption"),
                "<article id=\"photo-" + text(card, "photo_id") + "\">\n"
                        + "<img src=\"" + assets.path("photo.svg") + "\" alt=\"\">\n"
                        + "<h1>" + text(card, "caption") + "</h1>\n"
                        + "<p>" + text(card, "location") + ", " + text(card, "posted_at") + ", by " + owner(card)
                        + "</p>\n" + counts + "\n</article>");
    }

    /** How a photo is received. */
    String counts(JsonNode card) {
        return "<p class=\"counts\">" + text(card, "likes") + " likes, " + text(card, "comments") + " comments</p>";
    }

    /** A user's page: all photos, the latest first. */
    String user(String username, JsonNode cards) {
        StringBuilder list = new StringBuilder("<ul>\n");
        cards.forEach(card -> list.append("<li><a href=\"/p/")
                .append(text(card, "photo_id"))
                .append("\">")
                .append(text(card, "caption"))
                .append("</a>, ")
                .append(text(card, "location"))
                .append("</li>\n"));
        String name = escaped(username);
        return page(name, (cards.isEmpty() ? "" : "<h1>" + owner(cards.get(0)) + "</h1>\n") + list + "</ul>");
    }

    /** The page of a user who is signed in. */
    String own(String user) {
        return page("You", "<h1>You are user " + escaped(user) + "</h1>");
    }

    /** The first page, in one of two variants. */
    String home(String bucket) {
        return page("Photos", "<h1>" + ("b".equals(bucket) ? "See what others saw" : "Photos") + "</h1>");
    }

    /** A page that says why there is none. */
    String missing(String sentence) {
        return page("Not found", "<p>" + escaped(sentence) + "</p>");
    }

    private String page(String title, String body) {
        return "<!DOCTYPE html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>" + title + "</title>\n"
                + "<link rel=\"stylesheet\" href=\"" + assets.path("style.css") + "\"></head>\n<body>\n" + body
                + "\n</body>\n</html>\n";
    }

    private static String owner(JsonNode card) {
        String shown = text(card, card.path("full_name").isNull() ? "username" : "full_name");
        return "<a href=\"/u/" + segment(card.path("username").asText()) + "\">" + shown + "</a>"
                + (card.path("verified").asBoolean() ? " &#10003;" : "");
    }

    private static String text(JsonNode card, String column) {
        JsonNode value = card.path(column);
        return value.isNull() ? "" : escaped(value.asText());
    }

    /** A text as a segment of a path, as templates of URLs have it. */
    private static String segment(String text) {
        return Template.encoded(Template.Form.URL, text);
    }

    static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;");
    }
}
