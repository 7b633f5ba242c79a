package io.millrace.ops.bench;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * TPC-H's tables and their distributions, as far as queries 3, 5 and 10 read them: half of the changes fill the tables, the
 * other half are the refresh functions' new and deleted orders with their lines, and corrections of lines, orders and customers.
 */
final class TpchWorkload implements Workload {
    private static final int FIRST_DAY = (int) LocalDate.of(1992, 1, 1).toEpochDay();
    private static final int DAYS = (int) LocalDate.of(1998, 8, 2).toEpochDay() - FIRST_DAY;
    private static final int RETURNED_UNTIL = (int) LocalDate.of(1995, 6, 17).toEpochDay();
    private static final int MOST_LINES = 7;
    private static final double RECORDS_AN_ORDER = 1 + (1 + MOST_LINES) / 2.0;
    private static final int ORDERS_A_CUSTOMER = 10;
    private static final int ORDERS_A_SUPPLIER = 150;
    private static final List<String> REGIONS = List.of("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST");
    private static final int NATIONS = 25;
    private static final List<String> SEGMENTS =
            List.of("AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY");
    private static final List<String> PRIORITIES =
            List.of("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW");
    private static final List<String> MODES = List.of("AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK");

    private final Random random = new Random(42);
    private final List<Object[]> customers = new ArrayList<>();
    private final List<Order> orders = new ArrayList<>();
    private int suppliers;
    private long nextOrder = 1;
    private int made;

    private record Order(Object[] row, List<Object[]> lines) {}

    @Override
    public void run(int changes, TableChanges tables) {
        int initial = (int) (changes / 2.0 / RECORDS_AN_ORDER);
        fill(initial, tables);
        while (made < changes) {
            int kind = random.nextInt(100);
            if (kind < 5) {
                insertOrder(tables);
            } else if (kind < 10) {
                deleteOrder(tables);
            } else if (kind < 65) {
                updateLine(tables);
            } else if (kind < 88) {
                updateOrder(tables);
            } else {
                updateCustomer(tables);
            }
        }
    }

    private void put(TableChanges tables, String table, Object... row) {
        made++;
        tables.put(table, row);
    }

    private void fill(int initialOrders, TableChanges tables) {
        for (int i = 0; i < REGIONS.size(); i++) {
            put(tables, "region", i, REGIONS.get(i), "comment " + i);
        }
        for (int i = 0; i < NATIONS; i++) {
            put(tables, "nation", i, "NATION " + i, i % REGIONS.size(), "comment " + i);
        }
        suppliers = Math.max(NATIONS, initialOrders / ORDERS_A_SUPPLIER);
        for (int i = 1; i <= suppliers; i++) {
            put(
                    tables,
                    "supplier",
                    i,
                    "Supplier#" + i,
                    "address " + random.nextInt(),
                    random.nextInt(NATIONS),
                    phone(),
                    money(random.nextInt(1_000_000)),
                    "comment on a supplier " + random.nextInt());
        }
        for (int i = 1; i <= Math.max(1, initialOrders / ORDERS_A_CUSTOMER); i++) {
            Object[] customer = {
                i,
                "Customer#" + i,
                "address " + random.nextInt(),
                random.nextInt(NATIONS),
                phone(),
                money(random.nextInt(1_000_000)),
                any(SEGMENTS),
                "comment on a customer, as long as they are " + random.nextInt()
            };
            customers.add(customer);
            put(tables, "customer", customer);
        }
        for (int i = 0; i < initialOrders; i++) {
            insertOrder(tables);
        }
    }

    private void insertOrder(TableChanges tables) {
        long key = nextOrder++;
        int day = FIRST_DAY + random.nextInt(DAYS);
        Object[] row = {
            key,
            any(customers)[0],
            "O",
            money(100_000 + random.nextInt(40_000_000)),
            day,
            any(PRIORITIES),
            "Clerk#" + random.nextInt(1_000),
            0,
            "comment on an order " + random.nextInt()
        };
        put(tables, "orders", row);
        List<Object[]> lines = new ArrayList<>();
        int count = 1 + random.nextInt(MOST_LINES);
        for (int i = 1; i <= count; i++) {
            Object[] line = line(key, i, day);
            lines.add(line);
            put(tables, "lineitem", line);
        }
        orders.add(new Order(row, lines));
    }

    private Object[] line(long order, int number, int day) {
        int shipped = day + 1 + random.nextInt(121);
        int received = shipped + 1 + random.nextInt(30);
        int quantity = 1 + random.nextInt(50);
        return new Object[] {
            order,
            1 + random.nextInt(20_000),
            1 + random.nextInt(suppliers),
            number,
            money(100 * quantity),
            money(quantity * (90_000 + random.nextInt(20_000))),
            money(random.nextInt(11)),
            money(random.nextInt(9)),
            received > RETURNED_UNTIL ? "N" : random.nextBoolean() ? "R" : "A",
            shipped > RETURNED_UNTIL ? "O" : "F",
            shipped,
            day + 30 + random.nextInt(61),
            received,
            "DELIVER IN PERSON",
            any(MODES),
            "comment on a line " + random.nextInt(10_000)
        };
    }

    private void deleteOrder(TableChanges tables) {
        int place = random.nextInt(orders.size());
        Order order = orders.get(place);
        orders.set(place, orders.get(orders.size() - 1));
        orders.remove(orders.size() - 1);
        for (Object[] line : order.lines) {
            made++;
            tables.delete("lineitem", line[0], line[3]);
        }
        made++;
        tables.delete("orders", order.row[0]);
    }

    private void updateLine(TableChanges tables) {
        Order order = any(orders);
        int place = random.nextInt(order.lines.size());
        Object[] line = order.lines.get(place).clone();
        int quantity = 1 + random.nextInt(50);
        line[4] = money(100 * quantity);
        line[5] = money(quantity * (90_000 + random.nextInt(20_000)));
        line[6] = money(random.nextInt(11));
        order.lines.set(place, line);
        put(tables, "lineitem", line);
    }

    private void updateOrder(TableChanges tables) {
        int place = random.nextInt(orders.size());
        Object[] row = orders.get(place).row.clone();
        row[2] = random.nextBoolean() ? "F" : "P";
        row[3] = money(100_000 + random.nextInt(40_000_000));
        if (random.nextInt(10) == 0) {
            row[4] = FIRST_DAY + random.nextInt(DAYS);
        }
        orders.set(place, new Order(row, orders.get(place).lines));
        put(tables, "orders", row);
    }

    private void updateCustomer(TableChanges tables) {
        int place = random.nextInt(customers.size());
        Object[] customer = customers.get(place).clone();
        customer[5] = money(random.nextInt(1_000_000));
        if (random.nextInt(10) == 0) {
            customer[3] = random.nextInt(NATIONS);
            customer[6] = any(SEGMENTS);
        }
        customers.set(place, customer);
        put(tables, "customer", customer);
    }

    private String phone() {
        return random.nextInt(100) + "-" + random.nextInt(1_000) + "-" + random.nextInt(1_000);
    }

    private static String money(int cents) {
        return BigDecimal.valueOf(cents, 2).toString();
    }

    private <T> T any(List<T> values) {
        return values.get(random.nextInt(values.size()));
    }
}
