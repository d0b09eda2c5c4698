// The types of what elements are made of.

/** What stands in an element; nothing where it is null, undefined or false. */
export type Child = Node | string | number | null | undefined | false | Child[];

/** What an element gets: attributes, properties, and listeners, whose names begin with "on". */
export type Props<E extends Element> = {
	[Name in keyof HTMLElementEventMap as `on${Name}`]?: (
		event: HTMLElementEventMap[Name] & { currentTarget: E },
	) => unknown;
} & { [attribute: string]: unknown };
