// The package ships no types; these are the few names that components.ts uses.
declare module "govuk-frontend/dist/govuk/*" {
  interface Component {
    new (root: Element): object;
    moduleName: string;
  }
  export const Button: Component;
  export const CharacterCount: Component;
  export const Checkboxes: Component;
  export const ErrorSummary: Component;
  export const PasswordInput: Component;
  export const Radios: Component;
  export const ServiceNavigation: Component;
  export function createAll(component: Component): object[];
}
