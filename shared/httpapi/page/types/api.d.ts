// The types of what the page asks the API for. They are made of the API's own document, which the lint step (go run
// ./infra/page/lint) turns into .build/page/api.d.ts: an operation, a field or a value that the API does not have is
// an error.

import type { components, paths } from '../../../../.build/page/api';

type Schemas = components['schemas'];
type Path = keyof paths & string;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** What the document says of an operation. */
interface Operation {
	parameters: { path?: unknown; query?: unknown; header?: unknown };
	requestBody?: unknown;
	responses: unknown;
}

type OperationOf<R extends string> = R extends `${infer M} ${infer P extends Path}`
	? Extract<paths[P][Lowercase<M> & keyof paths[P]], Operation>
	: never;

type JSONBody<T> = T extends { content: { 'application/json': infer Body } } ? Body : T;

/** A property that is there where there is such a thing, and optional where it is. */
type Given<Name extends string, T> = [NonNullable<T>] extends [never]
	? unknown
	: undefined extends T
		? { [name in Name]?: T }
		: { [name in Name]: T };

type InputOf<O extends Operation> = Given<'path', O['parameters']['path']> &
	Given<'query', O['parameters']['query']> &
	Given<'headers', O['parameters']['header']> &
	Given<'body', JSONBody<O['requestBody']>> & { signal?: AbortSignal };

declare global {
	namespace API {
		/** An operation by its method and path, such as "GET /v1/posts/{id}". */
		type Route = {
			[P in Path]: { [M in Method]: paths[P][M] extends Operation ? `${Uppercase<M>} ${P}` : never }[Method];
		}[Path];

		/** What a request brings. */
		type Input<R extends Route> = InputOf<OperationOf<R>>;

		/** The arguments behind the route: none where nothing must be given. */
		type Args<R extends Route> = {} extends Input<R> ? [input?: Input<R>] : [input: Input<R>];

		/** What is answered when all is well: null where the answer has no body. */
		type Answer<R extends Route> = OperationOf<R>['responses'] extends { [status in 200]: infer T }
			? JSONBody<T>
			: OperationOf<R>['responses'] extends { [status in 201]: infer T }
				? JSONBody<T>
				: OperationOf<R>['responses'] extends { [status in 202]: infer T }
					? JSONBody<T>
					: null;

		type Action = Schemas['Action'];
		type Account = Schemas['Account'];
		type AccountList = Schemas['AccountList'];
		type Budget = Schemas['Budget'];
		type Channel = Schemas['Channel'];
		type Cost = Schemas['Cost'];
		type Delivery = Schemas['Delivery'];
		type Finding = Schemas['Finding'];
		type Key = Schemas['Key'];
		type Media = Schemas['Media'];
		type Pause = Schemas['Pause'];
		type Poll = Schemas['Poll'];
		type Post = Schemas['Post'];
		type PreviewTweet = Schemas['PreviewTweet'];
		type Problem = Schemas['Problem'];
		type Reason = Schemas['Reason'];
		type Session = Schemas['Session'];
		type Status = Schemas['Status'];
		type Step = Schemas['Step'];
		type Tweet = Schemas['Tweet'];
		type TweetInput = Schemas['TweetInput'];
		type Upload = Schemas['Upload'];
	}
}
